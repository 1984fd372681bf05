/** The objects on the proxies of the nodes' networks. */
import type { Cluster } from '../cluster.ts'

const KINDS = ['listeners', 'clusters', 'rules', 'rulelists', 'routes'] as const
const OURS = '/apis/l7mp.io/v1/namespaces/'

/** The names of the objects of l7mesh, prefixed with the address of the node. */
export async function held({ nodes }: Cluster): Promise<readonly string[]> {
  const lists = nodes.flatMap(({ address }) =>
    KINDS.map(async kind => {
      const answer = await fetch(`http://${address}:1234/api/v1/${kind}`)
      const objects: readonly { readonly name: string }[] = JSON.parse(await answer.text())
      return objects.map(({ name }) => `${address} ${name}`)
    }),
  )
  return (await Promise.all(lists)).flat().filter(name => name.includes(OURS))
}
