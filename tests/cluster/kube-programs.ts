/**
 * The programs of the control plane: those in the folder `KUBEBUILDER_ASSETS` (etcd, kube-apiserver and kubectl, as
 * installed by envtest of controller-runtime), and for the rest, the ones built here (control-plane/).
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** The names of the built components, and of the corresponding programs of Kubernetes. */
const NAMES = {
  etcd: 'etcd',
  apiserver: 'kube-apiserver',
  controllers: 'kube-controller-manager',
  scheduler: 'kube-scheduler',
  kubectl: 'kubectl',
} as const

type Command = readonly [file: string, ...words: string[]]
/** The command that starts each component. */
export type KubePrograms = Readonly<Record<keyof typeof NAMES, Command>>

/** The built programs: the control plane in one program, whose first argument selects the component, and kubectl. */
export type OurPrograms = { kube(): Promise<string>; kubectl(): Promise<string> }

/** Missing `ours` are built. Rejects if the folder has none of the programs. */
export async function kubePrograms(
  ours: OurPrograms,
  folder: string | undefined = process.env.KUBEBUILDER_ASSETS,
): Promise<KubePrograms> {
  const given = (name: string) => [resolve(folder ?? '', name)].filter(file => folder && existsSync(file))
  const names = Object.values(NAMES)
  if (folder && names.flatMap(given).length === 0)
    throw new Error(`KUBEBUILDER_ASSETS is '${folder}', which contains none of ${names.join(', ')}`)
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
