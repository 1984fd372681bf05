/** Filling an empty real proxy: a round of convergence against the same calls made with nothing around them. */
import {
  type Call,
  type Config,
  createCompare,
  createProbe,
  difference,
  EMPTY_CONFIG,
  ProxyClient,
  plan,
} from '@l7mesh/proxy-client'
import { Client } from 'undici'
import { round } from '../../operator/src/converge/round.ts'
import { startRealProxy } from '../support/real-proxy.ts'
import { type Figure, median } from './figures.ts'
import { freeUdpPorts, OBJECTS_PER_SERVICE, servicesOn } from './services.ts'

const OBJECTS = 2000
const PAIRS = 5

export async function fill(): Promise<readonly Figure[]> {
  const desired = servicesOn(await freeUdpPorts(Math.ceil(OBJECTS / OBJECTS_PER_SERVICE)))
  const ratios: number[] = []
  const filled: number[] = []
  for (let pair = 0; pair < PAIRS; pair++) {
    // The order alternates, so that whatever grows over time favours neither.
    const turns = pair % 2 === 0 ? ([converge, replay] as const) : ([replay, converge] as const)
    const times = new Map<unknown, number>()
    for (const turn of turns) times.set(turn, await timed(turn, desired))
    const [ours = 0, raw = 1] = [times.get(converge), times.get(replay)]
    ratios.push(ours / raw)
    filled.push(ours)
  }
  const detail = `${PAIRS} pairs: ${ratios.map(ratio => ratio.toFixed(2)).join(' ')}; ${median(filled).toFixed(0)} ms to fill`
  return [
    {
      what: `filling a proxy with ${OBJECTS} objects, to raw replay`,
      value: median(ratios),
      unit: 'x',
      most: 1.15,
      detail,
    },
  ]
}

type Turn = (origin: string, desired: Config) => Promise<void>

/** Each on a proxy of its own: a proxy is slower in its first seconds. */
async function timed(turn: Turn, desired: Config): Promise<number> {
  const proxy = await startRealProxy()
  try {
    const began = performance.now()
    await turn(proxy.origin, desired)
    return performance.now() - began
  } finally {
    await proxy.stop()
  }
}

const converge: Turn = async (origin, desired) => {
  const client = new ProxyClient({ origin })
  const { done, failures } = await round({
    connection: {
      calls: client,
      reads: client,
      probe: createProbe('127.0.0.1'),
      onDisconnect: () => {},
      close: () => client.close(),
    },
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

const replay: Turn = async (origin, desired) => {
  const { diff, target } = difference(EMPTY_CONFIG, desired, createCompare())
  const requests = plan({ diff, target, live: EMPTY_CONFIG, filling: 'bench' }).steps.map(({ call }) => requestOf(call))
  const client = new Client(origin)
  for (const { path, body } of requests) {
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

function requestOf(call: Call): { readonly path: string; readonly body: string } {
  if (call.op !== 'create') throw new Error(`filling an empty proxy takes no ${call.op}`)
  if (call.kind === 'endpoint')
    return {
      path: `/api/v1/clusters/${encodeURIComponent(call.cluster)}/endpoints`,
      body: JSON.stringify({ endpoint: call.object }),
    }
  const object = call.kind === 'cluster' ? { ...call.object, endpoints: undefined } : call.object
  return { path: `/api/v1/${call.kind}s`, body: JSON.stringify({ [call.kind]: object }) }
}
