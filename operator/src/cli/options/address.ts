/** `HOST:PORT` of a proxy's REST API, as given by users. */
import { InvalidArgumentError } from 'commander'
import { CONTROLLER_PORT } from '../../local/pod/proxy-command.ts'
import type { ProxyRef } from '../../translate/desired.ts'

export type Address = { readonly host: string; readonly port: number }

/** `HOST`, `HOST:PORT`, `[IPv6]:PORT`; for commander. */
export function parseAddress(text: string): Address {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:/\s]+))(?::(\d+))?$/.exec(text) ?? []
  const host = bracketed ?? plain
  const number = port === undefined ? CONTROLLER_PORT : Number(port)
  if (host === undefined || number < 1 || number > 65_535) throw new InvalidArgumentError('Write HOST:PORT.')
  return { host, port: number }
}

/** A proxy that is identified by its address only. */
export function proxyAt({ host, port }: Address): ProxyRef {
  return { key: `${host}:${port}`, uid: '', address: host, port }
}
