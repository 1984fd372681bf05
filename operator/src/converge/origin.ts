/** The origin of a proxy's REST API. Pure. */

export function originOf(address: string, port: number): string {
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}
