/** A proxy of the API server with fault injection. Plain HTTP on the loopback address; credentials are forwarded. */
import { readFileSync } from 'node:fs'
import { API_URL } from '../control-plane.ts'
import { Gate } from './gate.ts'

export class ApiProxy extends Gate {
  /** `authority`: the file with the CA certificate of the API server. */
  static async start(authority: string, address = '127.0.0.1'): Promise<ApiProxy> {
    const proxy = new ApiProxy({ origin: API_URL, ca: readFileSync(authority), address })
    await proxy.open()
    return proxy
  }

  /** For a token, or, if it is a file, the token in it. */
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
