/** A connection to a fake proxy in this process: thousands of runs take seconds. */
import { type Config, KnownLists, type L7mpDriverOptions, ProxyClient, readAll } from '@l7mesh/proxy-client'
import type { FakeProxy } from '@l7mesh/proxy-client/testing'

/** Shared, as in an operator: no connection may be given what another proxy holds. */
const lists = new KnownLists({ most: 20_000 })

export function connectionTo(fake: FakeProxy, deadline = 20): L7mpDriverOptions {
  const client = new ProxyClient({ origin: 'http://fake', transport: fake.transport(), deadline })
  return {
    calls: client,
    reads: client,
    client,
    lists,
    probe: async port => (fake.listening(port) ? 'listening' : 'closed'),
  }
}

/** Its config, read without faults and without recording calls. */
export function heldBy(fake: FakeProxy): Promise<Config> {
  return readAll(
    new ProxyClient({
      origin: 'http://fake',
      transport: {
        send: async ({ method, target, body }) => fake.handle(method, target, body),
        onDisconnect: () => () => undefined,
        close: async () => undefined,
      },
    }),
  )
}
