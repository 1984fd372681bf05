/**
 * Reads proxies through the API server if the addresses of pods are unreachable: like `kubectl proxy`, with the
 * permission `get` on `pods/proxy`. Read-only, because the API server decodes request paths, which contain the names of
 * objects.
 */
import { l7mpDriver, ProxyClient, ProxyError, type ProxyErrorCode, type Transport } from '@l7mesh/proxy-client'
import { originOf } from '../../converge/origin.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { KubeError, type KubeErrorCode } from '../../kube/kube-error.ts'
import type { ProxyRef } from '../../translate/desired.ts'
import type { ProcessIO } from '../process/process-io.ts'

export function reachThroughServer(client: KubeClient): ProcessIO['connect'] {
  return proxy => {
    const transport = throughServer(client, proxy)
    const reader = new ProxyClient({ origin: originOf(proxy.address, proxy.port), transport, deadline: DEADLINE })
    return l7mpDriver({ calls: reader, reads: reader, client: reader, probe: async () => 'unknown' })
  }
}

/** In milliseconds. There is an additional hop, which may be far away. */
const DEADLINE = 15_000

function throughServer(client: KubeClient, { key, port }: ProxyRef): Transport {
  const [namespace = '', pod] = key.split('/')
  const root = `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy`
  return {
    async send({ method, target }, signal) {
      if (method !== 'GET') throw new ProxyError('not-sent', 'Through the API server, proxies can only be read.')
      try {
        return { status: 200, body: await client.text({ path: `${root}${target}`, signal }) }
      } catch (error) {
        signal.throwIfAborted()
        throw error instanceof KubeError ? asProxyError(error, namespace) : error
      }
    },
    onDisconnect: () => () => {},
    close: async () => {},
  }
}

/** Responses of the API server cannot be distinguished from those of the proxy behind it. */
function asProxyError(error: KubeError, namespace: string): ProxyError {
  const code = CODES[error.code] ?? 'unreachable'
  const message =
    error.code === 'forbidden'
      ? `these credentials may not read proxies through the API server (get pods/proxy in namespace ${namespace}); ` +
        'if pods are reachable from here, use --via pods'
      : `through the API server: ${error.message}`
  return new ProxyError(code, message, { cause: error })
}

const CODES: Readonly<Partial<Record<KubeErrorCode, ProxyErrorCode>>> = {
  unauthorized: 'locked-out',
  'not-found': 'locked-out',
  reset: 'reset',
  timeout: 'timeout',
  aborted: 'aborted',
  invalid: 'proxy-fault',
}
