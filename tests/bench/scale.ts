/**
 * The cost of one operator with a large mesh. The released program runs in its own process, against a fake API server and
 * fake proxies in other processes: with a thousand real ones, their cost would be measured. Every VirtualService selects
 * every proxy, which is the worst case. The proxies are already programmed, as when an operator takes over: filling them
 * would take an hour.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Figure, median, percentile } from './figures.ts'
import { CHANGES, type Change, ENDPOINT } from './scale/changes.ts'
import type { Size } from './scale/manifests.ts'
import { type Cost, type Measured, measureMesh } from './scale/mesh.ts'
import { openFilesLimit } from './scale/process-cost.ts'
import type { Translated } from './scale/translation.ts'

const SIZES: readonly Size[] = [
  { proxies: 100, services: 1000 },
  { proxies: 1000, services: 100 },
  { proxies: 1000, services: 1000 },
]
/** The figures of this one are judged; those of the others show how they grow. */
const LARGEST = SIZES.at(-1)

const MOST = { starting: 400, settled: 200, idle: 0.05, latency: 300 }
const MOST_OF_TRANSLATION: Readonly<Record<Change, number>> = {
  'an edited VirtualService': 6,
  'a changed endpoint': 6,
  'a new VirtualService': 25,
  'a removed VirtualService': 25,
  'a new proxy': 25,
  'a removed proxy': 25,
}

/** Files that a process has open besides a connection for each proxy. */
const OTHER_FILES = 200

/** The figure of what took too long to be measured. */
const NEVER = Number.POSITIVE_INFINITY

/** `sizes`: as `100x1000`; those that are measured. Default: all */
export async function scale(sizes: readonly string[] = []): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const size of SIZES) {
    if (sizes.length > 0 && !sizes.includes(`${size.proxies}x${size.services}`)) continue
    if (openFilesLimit() < size.proxies + OTHER_FILES)
      throw new Error(`a process needs ${size.proxies + OTHER_FILES} open files: see ulimit -n`)
    figures.push(...translationFigures(size, await translated(size)), ...meshFigures(size, await measureMesh(size)))
  }
  return figures
}

async function translated({ proxies, services }: Size): Promise<Translated> {
  const child = fork(fileURLToPath(new URL('./scale/translation.ts', import.meta.url)), [`${proxies}`, `${services}`])
  let found: Translated | undefined
  child.on('message', (message: Translated) => (found = message))
  const [code] = await once(child, 'exit')
  if (!found) throw new Error(`the process that translates ended with exit code ${code}`)
  return found
}

const titled = ({ proxies, services }: Size) => `${proxies} proxies × ${services} VirtualServices`
const rounded = (values: readonly number[]) => values.map(value => value.toFixed(value < 10 ? 1 : 0)).join(' ')

function translationFigures(size: Size, { first, changes }: Translated): readonly Figure[] {
  const judged = size === LARGEST
  return [
    ...changes.map(([change, times]) => ({
      what: `${titled(size)}: CPU to translate ${change}`,
      value: median(times),
      unit: 'ms' as const,
      most: judged ? MOST_OF_TRANSLATION[change] : undefined,
      detail: `${times.length} of them: ${rounded(times)}`,
    })),
    {
      what: `${titled(size)}: CPU to translate everything the first time`,
      value: first,
      unit: 'ms',
      most: undefined,
      detail: '',
    },
  ]
}

function meshFigures(size: Size, measured: Measured): readonly Figure[] {
  const { memory, start, idle, changes } = measured
  const latencies = changes.get(ENDPOINT)?.map(({ took }) => took) ?? []
  const most = (limit: number) => (size === LARGEST ? limit : undefined)
  const mib = (what: string, value: number, limit: number | undefined, detail = ''): Figure => ({
    what: `${titled(size)}: ${what}`,
    value,
    unit: 'MiB',
    most: limit,
    detail,
  })
  return [
    mib('memory while starting', memory.starting, most(MOST.starting), `${seconds(start)}`),
    mib('memory when nothing happens', memory.settled, most(MOST.settled), 'a minute after the start'),
    mib('memory at most, after all changes', memory.ever, undefined),
    {
      what: `${titled(size)}: when nothing happens`,
      value: idle,
      unit: 'core',
      most: most(MOST.idle),
      detail: 'over a minute, heartbeats and audits included',
    },
    ...CHANGES.map(change => changeFigure(size, change, changes.get(change) ?? [])),
    {
      what: `${titled(size)}: a changed endpoint to read back on the last proxy, p99`,
      value: latencies.length === 0 ? NEVER : percentile(latencies, 99),
      unit: 'ms',
      most: most(MOST.latency),
      detail: `${latencies.length} changes: ${rounded(latencies.slice(0, 20))}`,
    },
  ]
}

function seconds(start: Measured['start']): string {
  if (!start) return 'the start was not over when it was given up'
  const { cpu, took } = start
  return `the start took ${(took / 1000).toFixed(1)} s, and ${(cpu / 1000).toFixed(1)} s of CPU`
}

function changeFigure(size: Size, change: Change, costs: readonly Cost[]): Figure {
  const times = costs.map(({ cpu }) => cpu)
  return {
    what: `${titled(size)}: CPU of the operator for ${change}, calls included`,
    value: costs.length === 0 ? NEVER : median(times),
    unit: 'ms',
    most: undefined,
    detail:
      costs.length === 0
        ? 'given up'
        : `${median(costs.map(({ requests }) => requests))} requests to proxies; ${rounded(times.slice(0, 10))}`,
  }
}
