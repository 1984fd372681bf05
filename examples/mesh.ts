/**
 * What the check of an example may do with a running mesh. The checks are written against this type alone, so that one
 * check works with every way to run the manifests, which implements it.
 */

export type Labels = Readonly<Record<string, string>>

export type MeshPod = {
  /** `NAMESPACE/NAME`. */
  readonly key: string
  readonly labels: Labels
  /** Where its containers can be reached from the check; for a pod on the host network, the address of its node. */
  readonly address: string
  readonly ready: boolean
}

export type Mesh = {
  /** The pods that have all these labels, in the order of their keys; all pods where none are given. */
  pods(labels?: Labels): Promise<readonly MeshPod[]>
  /**
   * Tries again and again until an attempt gives something other than undefined, and gives that. An attempt that
   * rejects has failed like one that gives undefined. Rejects when the mesh's deadline has passed, naming `what` and
   * the last error.
   */
  waitFor<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T>
  /**
   * Changes a file of the example, in the scratch copy of its folder that the mesh runs, and has it take effect. `file`
   * is relative to the folder. Rejects where `change` gives back the text that it was given: an edit that edits nothing proves nothing.
   */
  edit(file: string, change: (text: string) => string): Promise<void>
  /** Ends the processes of a pod at once, as a crash would. Its restart policy says whether they start again. */
  kill(key: string): Promise<void>
}

/** What `check.ts` of an example has to offer. */
export type Example = {
  check(mesh: Mesh): Promise<void>
  /**
   * Edits the files for a mesh that is not on the loopback of this machine, before it is started. `here` is the address
   * at which its pods reach the check.
   */
  prepare?(edit: Mesh['edit'], here: string): Promise<void>
}

/** The address of the first ready pod with these labels. */
export async function addressOf(mesh: Mesh, labels: Labels): Promise<string> {
  const what = `a ready pod with the labels ${JSON.stringify(labels)}`
  const pod = await mesh.waitFor(what, async () => (await mesh.pods(labels)).find(({ ready }) => ready))
  return pod.address
}

/** The ingress proxies, once all of them are ready: one on this machine, and one on each node of a cluster. */
export async function ingressAddresses(mesh: Mesh): Promise<readonly [string, ...string[]]> {
  return mesh.waitFor('ingress proxies that are all ready', async () => {
    const pods = await mesh.pods({ app: 'l7mp-ingress' })
    const [first, ...others] = pods.map(({ address }) => address)
    return first !== undefined && pods.every(({ ready }) => ready) ? [first, ...others] : undefined
  })
}
