/** Detects whether this process runs in a pod, whose service account then gives access to the cluster. */
import { access } from 'node:fs/promises'

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** `variables` is the environment of the process. */
export async function isInCluster(variables: Readonly<Record<string, string>>): Promise<boolean> {
  return Boolean(variables.KUBERNETES_SERVICE_HOST) && (await exists(SERVICE_ACCOUNT_TOKEN))
}

export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
