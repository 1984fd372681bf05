/** The cost of observing a large real proxy: reading, diffing and planning, in CPU time of this process. */
import { createCompare, createProbe, difference, l7mpDriver, ProxyClient, plan, readAll } from '@l7mesh/proxy-client'
import { round } from '../../operator/src/converge/round.ts'
import { startRealProxy } from '../support/real-proxy.ts'
import { type Figure, median } from './figures.ts'
import { freeUdpPorts, OBJECTS_PER_SERVICE, servicesOn } from './services.ts'

const OBJECTS = 10_000
const LOOKS = 15

export async function look(): Promise<readonly Figure[]> {
  const proxy = await startRealProxy()
  const client = new ProxyClient({ origin: proxy.origin, deadline: 60_000 })
  try {
    const desired = servicesOn(await freeUdpPorts(Math.ceil(OBJECTS / OBJECTS_PER_SERVICE)))
    const input = {
      driver: l7mpDriver({ calls: client, reads: client, client, probe: createProbe('127.0.0.1') }),
      desired,
      live: undefined,
      refused: new Set<never>(),
      filling: 'bench',
      signal: new AbortController().signal,
    }
    const { done } = await round({ ...input, compare: createCompare() })
    if (!done) throw new Error('the proxy was not filled')
    const times: number[] = []
    for (let i = 0; i < LOOKS; i++) {
      // A comparison without a cache, as after a restart of the operator.
      const compare = createCompare()
      const before = process.cpuUsage()
      const live = await readAll(client)
      const { diff, target } = difference(live, desired, compare)
      const { steps } = plan({ diff, target, live })
      const { user, system } = process.cpuUsage(before)
      times.push((user + system) / 1000)
      if (steps.length > 0) throw new Error('a converged proxy needs no steps')
    }
    const detail = `CPU of ${LOOKS} looks: ${times.map(time => time.toFixed(0)).join(' ')}`
    return [
      { what: `reading, diffing and planning ${OBJECTS} objects`, value: median(times), unit: 'ms', most: 100, detail },
    ]
  } finally {
    await client.close()
    await proxy.stop()
  }
}
