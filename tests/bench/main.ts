/**
 * Measures what the documentation claims, on real proxies: `npm run bench`, or `npm run bench -- edit`; with `--write`,
 * docs/performance.md is written, and with `--size=100x1000` `scale` measures only so many proxies and VirtualServices.
 * Figures are ratios within one run, or CPU time: the wall clock of a shared machine says little. Ends with 1 where a
 * figure is missed.
 */

import { cluster } from './cluster.ts'
import { edit } from './edit.ts'
import { type Figure, isMissed, print } from './figures.ts'
import { fill } from './fill.ts'
import { look } from './look.ts'
import { writePage } from './performance-page.ts'
import { scale } from './scale.ts'

const BENCHES: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  fill,
  look,
  edit,
  cluster,
  scale: () => scale(sizes),
}
const WRITE = '--write'
const SIZE = '--size='

const args = process.argv.slice(2)
/** Those of `scale` that are measured, as `--size=100x1000`. */
const sizes = args.filter(arg => arg.startsWith(SIZE)).map(arg => arg.slice(SIZE.length))
const names = args.filter(arg => arg !== WRITE && !arg.startsWith(SIZE))
const unknown = names.find(name => !(name in BENCHES))
if (unknown !== undefined) {
  console.error(
    `There is no bench '${unknown}'. There are: ${Object.keys(BENCHES).join(', ')}; ${SIZE}PxV and ${WRITE}.`,
  )
  process.exit(2)
}

const measured = new Map<string, readonly Figure[]>()
for (const [name, bench] of Object.entries(BENCHES)) {
  if (names.length > 0 && !names.includes(name)) continue
  const figures = await bench()
  print(figures)
  measured.set(name, figures)
}
if (args.includes(WRITE)) await writePage(measured)
process.exitCode = [...measured.values()].flat().some(isMissed) ? 1 : 0
