/**
 * Limits concurrent full reads. If a read has to wait, the proxy is first probed with the cheapest request, so that a proxy
 * that does not respond does not occupy a slot.
 */
import { type Driver, EMPTY_CONFIG, ProxyError, type ProxyErrorCode } from '@l7mesh/proxy-client'
import type { Slots } from './slots.ts'

/** Rejects with a ProxyError if the proxy does not respond. */
export async function readInTurn<T>(
  read: () => Promise<T>,
  driver: Driver,
  slots: Slots,
  signal: AbortSignal,
): Promise<T> {
  if (slots.areTaken) await expectResponse(driver, signal)
  return slots.run(read, signal)
}

async function expectResponse(driver: Driver, signal: AbortSignal): Promise<void> {
  try {
    await driver.isSameProcess(EMPTY_CONFIG, signal)
  } catch (error) {
    // The read itself reports any other error.
    if (!(error instanceof ProxyError) || NO_RESPONSE.has(error.code)) throw error
  }
}

const NO_RESPONSE: ReadonlySet<ProxyErrorCode> = new Set(['timeout', 'unreachable'])
