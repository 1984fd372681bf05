/** The figures as a page of the documentation, written by `npm run bench -- --write`. */
import { writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Figure, Unit } from './figures.ts'

const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))

const HEAD = `# Performance

All figures on this page were measured by scripts in this repository, on real l7mp 0.5.7 proxies and, for \`cluster\`, on
a real Kubernetes control plane. \`scale\` uses fakes of both, because one machine cannot run a thousand real
proxies. To repeat the measurements, run:

\`\`\`sh
npm run bench                 # all benchmarks; or one: npm run bench -- edit
npm run bench -- --write      # also write this page
\`\`\`

Figures in milliseconds depend on the machine, so compare the ratios first: both sides of a ratio were measured
alternately in the same run. The design behind these figures is described in a [decision
record](adr/0009-cost-follows-the-change.md).
`

export async function writePage(benches: ReadonlyMap<string, readonly Figure[]>): Promise<void> {
  const parts = Array.from(benches, ([name, figures]) => `## ${name}\n\n${tableOf(figures)}`)
  await writeFile(PAGE, `${[HEAD, machine(), ...parts].join('\n')}`)
}

function machine(): string {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const model = cpu?.model ? ` (${cpu.model})` : ''
  return `Measured with Node.js ${process.version} on ${availableParallelism()} cores${model}, ${memory} GiB.\n`
}

function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map(
    ({ what, value, unit, most, detail }) =>
      `| ${what} | ${value.toFixed(digitsOf(value, unit))} ${unit} | ${most === undefined ? '' : `${most} ${unit}`} | ${detail.trim()} |\n`,
  )
  return `| what | figure | at most | |\n| --- | --- | --- | --- |\n${rows.join('')}`
}

function digitsOf(value: number, unit: Unit): number {
  if (unit === 'x' || unit === 'core') return 2
  return value < 10 ? 1 : 0
}
