/** Tokens of service accounts, bound to a pod, cached for most of their lifetime. */
import type { KubeClient } from '../../../operator/src/kube/kube-client.ts'
import type { ApiPod } from './api.ts'
import type { TokenRequest } from './references.ts'

/** The kubelet renews a token after this fraction of its lifetime. */
const SPENT = 0.8

export function tokenSource(client: KubeClient): (pod: ApiPod, request: TokenRequest) => Promise<string> {
  const kept = new Map<string, { readonly token: string; readonly until: number }>()
  return async (pod, { audience, expirationSeconds }) => {
    const { name, namespace, uid } = pod.metadata
    const key = `${uid} ${audience ?? ''} ${expirationSeconds}`
    const known = kept.get(key)
    if (known && Date.now() < known.until) return known.token
    const spec = {
      audiences: audience ? [audience] : [],
      expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    }
    const account = pod.spec.serviceAccountName ?? 'default'
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }
    const answer = (await client.request({ method: 'POST', path, body })) as {
      readonly status: { readonly token: string }
    }
    const { token } = answer.status
    kept.set(key, { token, until: Date.now() + expirationSeconds * 1000 * SPENT })
    return token
  }
}
