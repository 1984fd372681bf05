/**
 * Status as files, for sources that cannot store it: `KIND/NAMESPACE/NAME.yaml` for each resource, each proxy and each
 * owner that is updated (`updateOwners`). A file is written only when its content changes. Other files are left alone.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '@l7mesh/crds'
import { parse, stringify } from 'yaml'
import type { ResourceKey } from '../../sources/snapshot.ts'
import type { OwnerUpdate } from '../owners.ts'
import type { ProxyReport } from '../placements.ts'
import type { ResourceCondition, ResourceStatus } from '../status.ts'

export type StatusFilesInput = {
  readonly statuses: ReadonlyMap<ResourceKey, ResourceStatus>
  readonly proxies: ReadonlyMap<string, ProxyReport>
  readonly owners: readonly OwnerUpdate[]
}

export type StatusDir = {
  /** The last input wins; inputs that come faster than they can be written are skipped. */
  write(input: StatusFilesInput): void
  /** Resolves when the last input is written, or all files are removed. */
  close(what: 'keep' | 'remove'): Promise<void>
}

export type StatusDirOptions = {
  readonly now: () => Date
  /** A file could not be written; it is retried with the next input. */
  readonly onError: (error: unknown) => void
}

/** Rejects if the folder cannot be created or read. */
export async function openStatusDir(folder: string, options: StatusDirOptions): Promise<StatusDir> {
  const known = await readKnown(folder)
  let latest: StatusFilesInput | undefined
  let writing = Promise.resolve()
  const flush = async () => {
    if (!latest) return
    const documents = documentsOf(latest)
    latest = undefined
    await writeAll(folder, documents, known, options)
  }
  return {
    write(input) {
      latest = input
      writing = writing.then(flush)
    },
    async close(what) {
      await writing
      if (what === 'remove') await writeAll(folder, new Map(), known, options)
    },
  }
}

type StatusDocument = { readonly [field: string]: unknown }
/** The contents of the files, by their paths in the folder. */
type StatusDocuments = ReadonlyMap<string, StatusDocument>

const MARK = '# Written by l7mesh.\n'

async function readKnown(folder: string): Promise<Map<string, StatusDocument>> {
  await mkdir(folder, { recursive: true })
  const known = new Map<string, StatusDocument>()
  for (const path of await readdir(folder, { recursive: true })) {
    if (!/^[^/\\]+[/\\][^/\\]+[/\\][^/\\]+\.yaml$/.test(path)) continue
    const text = await readFile(join(folder, path), 'utf8').catch(() => '')
    const document: unknown = text.startsWith(MARK) ? parseOrNothing(text) : undefined
    if (isRecord(document) && isRecord(document.status)) known.set(path, document.status)
  }
  return known
}

/** A truncated file is written again. */
function parseOrNothing(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

function documentsOf({ statuses, proxies, owners }: StatusFilesInput): StatusDocuments {
  const documents = new Map<string, StatusDocument>()
  const add = (path: string, status: StatusDocument) => {
    if (PATH.test(path)) documents.set(path, { ...documents.get(path), ...status })
  }
  for (const [key, status] of statuses) add(`${key}.yaml`, status)
  for (const [key, report] of proxies) add(`Proxy/${key}.yaml`, proxyStatus(report))
  for (const { owner, namespace, applied } of owners)
    add(`${owner.kind}/${namespace}/${owner.name}.yaml`, { children: { applied } })
  return documents
}

/** The names of owners are written by users: a path must not leave the folder. */
const PATH = /^[A-Za-z0-9]+\/[a-z0-9][-a-z0-9]*\/[a-z0-9][-a-z0-9.]*\.yaml$/

function proxyStatus({ desired, phase, error, failures }: ProxyReport): StatusDocument {
  const { address, port } = desired.proxy
  return {
    address,
    port,
    phase,
    ...(error && { error: { code: error.code, message: error.message } }),
    ...(failures.size > 0 && {
      failures: [...failures].map(([object, { code, message }]) => ({ object, code, message })),
    }),
  }
}

async function writeAll(
  folder: string,
  documents: StatusDocuments,
  known: Map<string, StatusDocument>,
  { now, onError }: StatusDirOptions,
): Promise<void> {
  for (const [path, document] of documents) {
    const status = withTransitions(document, known.get(path), now)
    if (isDeepStrictEqual(status, known.get(path))) continue
    await writeOne(folder, path, status).then(() => known.set(path, status), onError)
  }
  for (const path of known.keys()) {
    if (documents.has(path)) continue
    await removeOne(folder, path).then(() => known.delete(path), onError)
  }
}

/** Written to a temporary file and renamed, so that readers never see half a file. */
async function writeOne(folder: string, path: string, status: StatusDocument): Promise<void> {
  const [kind = '', namespace = '', file = ''] = path.split('/')
  const metadata = { namespace, name: file.replace(/\.yaml$/, '') }
  const target = join(folder, path)
  await mkdir(dirname(target), { recursive: true })
  await writeFile(`${target}.draft`, `${MARK}${stringify({ kind, metadata, status }, { lineWidth: 0 })}`)
  await rename(`${target}.draft`, target)
}

async function removeOne(folder: string, path: string): Promise<void> {
  await rm(join(folder, path), { force: true })
}

/** Adds to each condition when its status last changed. */
function withTransitions(status: StatusDocument, before: StatusDocument | undefined, now: () => Date): StatusDocument {
  const { conditions } = status
  if (!Array.isArray(conditions)) return status
  const old: readonly unknown[] = Array.isArray(before?.conditions) ? before.conditions : []
  const dated = conditions.map((condition: ResourceCondition) => {
    const same = old.find(held => isRecord(held) && held.type === condition.type && held.status === condition.status)
    const since = isRecord(same) ? same.lastTransitionTime : undefined
    return { ...condition, lastTransitionTime: since ?? now().toISOString() }
  })
  return { ...status, conditions: dated }
}
