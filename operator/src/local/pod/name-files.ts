/**
 * The resolver configuration by which unmodified programs resolve the names of the cluster. It is mounted over the
 * files of the machine if mounts are possible.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { searchList } from '../network/cluster-names.ts'
import type { Bind } from '../process/volumes.ts'

const RESOLV_CONF = '/etc/resolv.conf'
const NSSWITCH_CONF = '/etc/nsswitch.conf'

/** Writes the files into `folder`. Files that the machine does not have are omitted. */
export async function nameFiles(folder: string, namespace: string, nameServer: string): Promise<readonly Bind[]> {
  const made = [
    await derived(RESOLV_CONF, join(folder, 'resolv.conf'), text => resolvConf(text, namespace, nameServer)),
    await derived(NSSWITCH_CONF, join(folder, 'nsswitch.conf'), nsswitchConf),
  ]
  return made.flat()
}

async function derived(to: string, from: string, change: (text: string) => string): Promise<readonly Bind[]> {
  const text = await readFile(to, 'utf8').catch(() => undefined)
  if (text === undefined) return []
  await writeFile(from, change(text))
  return [{ from, to }]
}

/** As written by the kubelet for `dnsPolicy: ClusterFirst`. */
export function resolvConf(machine: string, namespace: string, nameServer: string): string {
  const own = [...machine.matchAll(/^(?:search|domain)\s+(.*)$/gm)].at(-1)?.[1]?.trim().split(/\s+/) ?? []
  return `nameserver ${nameServer}\nsearch ${[...searchList(namespace), ...own].join(' ')}\noptions ndots:5\n`
}

/** Keeps only files and DNS: other name services do not know the cluster's names, and some hide them. */
export const nsswitchConf = (machine: string) => machine.replace(/^(\s*hosts\s*:).*$/m, '$1 files dns')
