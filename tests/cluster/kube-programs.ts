/**
 * Which program is which part of Kubernetes: what lies in the folder that `KUBEBUILDER_ASSETS` names (etcd, kube-apiserver
 * and kubectl, where envtest of controller-runtime has filled it) and, for the rest, the parts of ours (control-plane/).
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** The names of our parts, and of the programs that Kubernetes has for them. */
const NAMES = {
  etcd: 'etcd',
  apiserver: 'kube-apiserver',
  controllers: 'kube-controller-manager',
  scheduler: 'kube-scheduler',
  kubectl: 'kubectl',
} as const

type Command = readonly [file: string, ...words: string[]]
/** The command that starts each. */
export type KubePrograms = Readonly<Record<keyof typeof NAMES, Command>>

/** Builds of ours: the control plane in one program, whose first word says which part, and kubectl. */
export type OurPrograms = { kube(): Promise<string>; kubectl(): Promise<string> }

/** `ours` are built where they are missing. Rejects where the folder has none of the programs. */
export async function kubePrograms(
  ours: OurPrograms,
  folder: string | undefined = process.env.KUBEBUILDER_ASSETS,
): Promise<KubePrograms> {
  const given = (name: string) => [resolve(folder ?? '', name)].filter(file => folder && existsSync(file))
  const names = Object.values(NAMES)
  if (folder && names.flatMap(given).length === 0)
    throw new Error(`KUBEBUILDER_ASSETS is '${folder}', where there is none of ${names.join(', ')}`)
  const command = async (part: keyof typeof NAMES): Promise<Command> => {
    const [file] = given(NAMES[part])
    if (file !== undefined) return [file]
    return part === 'kubectl' ? [await ours.kubectl()] : [await ours.kube(), part]
  }
  return {
    etcd: await command('etcd'),
    apiserver: await command('apiserver'),
    controllers: await command('controllers'),
    scheduler: await command('scheduler'),
    kubectl: await command('kubectl'),
  }
}
