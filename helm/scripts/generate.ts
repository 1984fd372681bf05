/**
 * `npm run generate`: generates the files that the charts copy from the repository, and the tables of their values. A
 * test compares `outputs` with the files.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { rbacReference } from './rbac-reference.ts'
import { valuesTable, withTable } from './values-table.ts'

const folder = new URL('../', import.meta.url)
const read = (path: string) => readFile(new URL(path, folder), 'utf8')

/** What guards a proxy: the first loads the others. */
const PRELOADS = ['harden.cjs', 'fix-clusters.cjs', 'fix-datagrams.cjs', 'fix-streams.cjs']
const CHARTS = ['l7mp-operator', 'l7mp-ingress']

/** The expected content of each generated file, by its path below `helm/`. */
export async function outputs(): Promise<ReadonlyMap<string, string>> {
  const crds = await readdir(new URL('../crds/crds/', folder))
  const copies = [
    ...crds.map(name => [`../crds/crds/${name}`, `l7mp-operator/files/crds/${name}`] as const),
    ['../crds/policies/unknown-fields.yaml', 'l7mp-operator/files/policies/unknown-fields.yaml'] as const,
    ...PRELOADS.map(name => [`../operator/src/local/preload/${name}`, `l7mp-ingress/files/${name}`] as const),
  ]
  return new Map([
    ...(await Promise.all(copies.map(async ([from, to]) => [to, await read(from)] as const))),
    ...(await Promise.all(CHARTS.map(async chart => [`${chart}/README.md`, await readme(chart)] as const))),
    ['../docs/reference/rbac.md', rbacReference(parse(await read('l7mp-operator/files/rbac.yaml')))] as const,
  ])
}

async function readme(chart: string): Promise<string> {
  const schema = JSON.parse(await read(`${chart}/values.schema.json`))
  const values = parse(await read(`${chart}/values.yaml`))
  return withTable(await read(`${chart}/README.md`), valuesTable(schema, values))
}

if (import.meta.main) {
  for (const [path, text] of await outputs()) await writeFile(new URL(path, folder), text)
}
