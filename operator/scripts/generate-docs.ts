/**
 * `npm run generate`: generates the pages of docs/reference that describe the CLI. A test compares `outputs` with the
 * files.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cliReference } from './cli-reference.ts'
import { codesReference } from './codes-reference.ts'
import { configurationReference } from './configuration-reference.ts'
import { eventsReference } from './events-reference.ts'

const folder = new URL('../../docs/reference/', import.meta.url)

/** The expected content of each generated page, by its name. */
export function outputs(): ReadonlyMap<string, string> {
  return new Map([
    ['cli.md', cliReference()],
    ['codes.md', codesReference()],
    ['configuration.md', configurationReference()],
    ['events.md', eventsReference()],
  ])
}

if (import.meta.main) {
  await mkdir(folder, { recursive: true })
  for (const [name, text] of outputs()) await writeFile(new URL(name, folder), text)
}
