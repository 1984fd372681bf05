/** Whether a proxy responds, found out by the cheapest request that there is. */
import { type Driver, EMPTY_CONFIG, ProxyError, type ProxyErrorCode } from '@l7mesh/proxy-client'

/** Why the proxy does not respond; undefined if it does, in whatever way. */
export async function unresponsive(driver: Driver, signal: AbortSignal): Promise<ProxyError | undefined> {
  try {
    await driver.isSameProcess(EMPTY_CONFIG, signal)
    return undefined
  } catch (error) {
    return error instanceof ProxyError && NO_RESPONSE.has(error.code) ? error : undefined
  }
}

const NO_RESPONSE: ReadonlySet<ProxyErrorCode> = new Set(['timeout', 'unreachable'])
