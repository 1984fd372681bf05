/**
 * Measures what the documentation claims, on real proxies: `npm run bench`, or `npm run bench -- edit`.
 * Figures are ratios within one run, or CPU time of this process: the wall clock of a shared machine says little.
 */

import { cluster } from './cluster.ts'
import { edit } from './edit.ts'
import { print } from './figures.ts'
import { fill } from './fill.ts'
import { look } from './look.ts'

const BENCHES = { fill, look, edit, cluster } as const

const names = process.argv.slice(2)
for (const [name, bench] of Object.entries(BENCHES)) {
  if (names.length > 0 && !names.includes(name)) continue
  print(await bench())
}
