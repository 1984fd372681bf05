/** Filling an empty real proxy: a round of convergence against the same calls made with nothing around them. */
import {
  type Config,
  createCompare,
  createProbe,
  difference,
  EMPTY_CONFIG,
  execute,
  httpTransport,
  l7mpDriver,
  ProxyClient,
  plan,
  type Transport,
} from '@l7mesh/proxy-client'
import { FakeProxy } from '@l7mesh/proxy-client/testing'
import { Client } from 'undici'
import { round } from '../../operator/src/converge/round.ts'
import { startRealProxy } from '../support/real-proxy.ts'
import { type Figure, median } from './figures.ts'
import { freeUdpPorts, OBJECTS_PER_SERVICE, servicesOn } from './services.ts'
import { type Lap, sideBySide } from './side-by-side.ts'

const OBJECTS = 2000
/** The calls per turn; both sides take turns, so that other load on the machine affects both. */
const SLICE = 20
const PAIRS = 7

export async function fill(): Promise<readonly Figure[]> {
  const pairs: Pair[] = []
  // The first pair is not counted: code is compiled as it is first used.
  for (let n = 0; n <= PAIRS; n++) pairs.push(await pair())
  const counted = pairs.slice(1)
  const ratios = counted.map(({ ours, raw }) => ours / raw)
  const filled = median(counted.map(({ ours }) => ours))
  return [
    {
      what: `filling a proxy with ${OBJECTS} objects, to raw replay`,
      value: median(ratios),
      unit: 'x',
      most: 1.15,
      detail: `${PAIRS} pairs: ${ratios.map(ratio => ratio.toFixed(2)).join(' ')}; ${filled.toFixed(0)} ms to fill`,
    },
  ]
}

type Pair = { readonly ours: number; readonly raw: number }

/** Each fills a proxy of its own, on ports of its own: what one reads back must not be the other's. */
async function pair(): Promise<Pair> {
  const services = Math.ceil(OBJECTS / OBJECTS_PER_SERVICE)
  const ports = await freeUdpPorts(services * 2)
  const desired = servicesOn(ports.slice(services))
  const requests = await requestsFor(servicesOn(ports.slice(0, services)))
  const proxies = [await startRealProxy(), await startRealProxy()] as const
  try {
    const [ours = 0, raw = 0] = await sideBySide(SLICE, [
      lap => converge(proxies[0].origin, desired, lap),
      lap => replay(proxies[1].origin, requests, lap),
    ])
    return { ours, raw }
  } finally {
    for (const proxy of proxies) await proxy.stop()
  }
}

async function converge(origin: string, desired: Config, lap: Lap): Promise<void> {
  const client = new ProxyClient({ origin, transport: inTurns(httpTransport({ origin }), lap) })
  const { done, failures } = await round({
    driver: l7mpDriver({ calls: client, reads: client, client, probe: createProbe('127.0.0.1') }),
    desired,
    live: undefined,
    refused: new Set(),
    compare: createCompare(),
    filling: 'bench',
    signal: new AbortController().signal,
  })
  await client.close()
  if (!done) throw new Error(`the proxy was not filled: ${[...failures.values()][0]?.message}`)
}

function inTurns(transport: Transport, lap: Lap): Transport {
  const send: Transport['send'] = async (request, signal) => {
    await lap()
    return transport.send(request, signal)
  }
  return { ...transport, send }
}

async function replay(origin: string, requests: readonly RawRequest[], lap: Lap): Promise<void> {
  const client = new Client(origin)
  for (const { path, body } of requests) {
    await lap()
    const { statusCode, body: answer } = await client.request({
      method: 'POST',
      path,
      body,
      headers: { 'content-type': 'application/json' },
    })
    await answer.text()
    if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`)
  }
  await client.close()
}

type RawRequest = { readonly path: string; readonly body: string }

/** What our client sends to fill a proxy, as it goes over the wire. */
async function requestsFor(desired: Config): Promise<readonly RawRequest[]> {
  const { diff, target } = difference(EMPTY_CONFIG, desired, createCompare())
  const transport = new FakeProxy().transport()
  const sent: RawRequest[] = []
  const send: Transport['send'] = (request, signal) => {
    if (request.body !== undefined) sent.push({ path: request.target, body: request.body })
    return transport.send(request, signal)
  }
  const client = new ProxyClient({ origin: 'http://fake', transport: { ...transport, send } })
  const steps = plan({ diff, target, live: EMPTY_CONFIG })
  const { outcomes } = await execute(steps, { calls: client, probe: async () => 'unknown' })
  await client.close()
  if (outcomes.some(({ state }) => state !== 'done')) throw new Error('the fake proxy was not filled')
  return sent
}
