/** Whether this process is a pod's, and so has a cluster without being told of one. */
import { access } from 'node:fs/promises'

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** `variables`: the environment of the process. */
export async function isInCluster(variables: Readonly<Record<string, string>>): Promise<boolean> {
  return Boolean(variables.KUBERNETES_SERVICE_HOST) && (await exists(SERVICE_ACCOUNT_TOKEN))
}

export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
