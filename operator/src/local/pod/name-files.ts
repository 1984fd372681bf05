/**
 * The files by which a program that knows nothing of this mesh finds the names of its cluster: they are laid over the
 * machine's own where that can be done.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { searchList } from '../network/cluster-names.ts'
import type { Bind } from '../process/volumes.ts'

const RESOLV_CONF = '/etc/resolv.conf'
const NSSWITCH_CONF = '/etc/nsswitch.conf'

/** Writes them into `folder`. Files that the machine has not are not needed there. */
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

/** As the kubelet writes it for `dnsPolicy: ClusterFirst`. */
export function resolvConf(machine: string, namespace: string, nameServer: string): string {
  const own = [...machine.matchAll(/^(?:search|domain)\s+(.*)$/gm)].at(-1)?.[1]?.trim().split(/\s+/) ?? []
  return `nameserver ${nameServer}\nsearch ${[...searchList(namespace), ...own].join(' ')}\noptions ndots:5\n`
}

/** Other sources of names than files and the name server know nothing of the cluster, and some hide its names. */
export const nsswitchConf = (machine: string) => machine.replace(/^(\s*hosts\s*:).*$/m, '$1 files dns')
