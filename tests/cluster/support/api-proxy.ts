/** A way to the API server on which things go wrong. Plain HTTP on the loopback, and credentials pass through. */
import { readFileSync } from 'node:fs'
import { API_URL } from '../control-plane.ts'
import { Gate } from './gate.ts'

export class ApiProxy extends Gate {
  /** `authority`: the file with the certificate of who vouches for the API server. */
  static async start(authority: string, address = '127.0.0.1'): Promise<ApiProxy> {
    const proxy = new ApiProxy({ origin: API_URL, ca: readFileSync(authority), address })
    await proxy.open()
    return proxy
  }

  /** For whoever has that token, or, where it is a file, the token in it. */
  kubeconfig(token: string | { readonly file: string }): string {
    const user = typeof token === 'string' ? { token } : { tokenFile: token.file }
    return JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: this.url } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    })
  }
}
