/**
 * Reads the configs of a fleet in which many proxies have equal configs: equal responses are parsed once, and yield the same
 * map. The proxies of one group differ only in their markers, which are therefore removed from the text of the rulelists.
 */
import type { InternPool } from '../apply/driver.ts'
import { internAs } from '../apply/interned-reads.ts'
import { byName } from '../apply/reads.ts'
import type { Config, RuleList } from '../model.ts'
import { MARKER } from '../names.ts'
import { ExtendedMap } from '../plan/extended-map.ts'
import { KnownTexts } from './known-texts.ts'
import { parseCluster, parseListener, parseRoute, parseRule, parseRuleList } from './normal-form.ts'
import { bytesOf, type ResponseBody, release } from './response-body.ts'
import { listOf } from './responses.ts'

/** Reads the list of a kind, and returns the response parsed by `decode`. */
export type ReadList = <T>(kind: keyof Config, decode: (body: ResponseBody) => T, signal?: AbortSignal) => Promise<T>

export type KnownListsOptions = {
  /** The bytes of text to keep of each kind, in addition to the most recently used one. Default: 4 MiB */
  readonly most?: number
}

export class KnownLists {
  readonly #texts: { readonly [Kind in keyof Config]: KnownTexts<Config[Kind]> }

  constructor({ most = 4 * 1024 * 1024 }: KnownListsOptions = {}) {
    this.#texts = {
      clusters: new KnownTexts(most),
      routes: new KnownTexts(most),
      rules: new KnownTexts(most),
      rulelists: new KnownTexts(most),
      listeners: new KnownTexts(most),
    }
  }

  /** New objects are replaced by equal ones of the pool. */
  async read(readList: ReadList, { desired, compare }: InternPool, signal?: AbortSignal): Promise<Config> {
    const { clusters, routes, rules, rulelists, listeners } = this.#texts
    const list = <T extends { readonly name: string }>(
      kind: keyof Config,
      texts: KnownTexts<ReadonlyMap<string, T>>,
      parse: (bytes: Buffer) => ReadonlyMap<string, T>,
    ) => readList(kind, body => released(body, chunks => texts.valueOf(chunks, parse)), signal)
    const parser =
      <T extends { readonly name: string }>(parse: (value: unknown) => T, pool: ReadonlyMap<string, T>) =>
      (bytes: Buffer) =>
        byName(listOf(parse)(JSON.parse(bytes.toString())).map(internAs(pool, compare)))
    return {
      clusters: await list('clusters', clusters, parser(parseCluster, desired.clusters)),
      routes: await list('routes', routes, parser(parseRoute, desired.routes)),
      rules: await list('rules', rules, parser(parseRule, desired.rules)),
      rulelists: await readList(
        'rulelists',
        body => {
          const bytes = released(body, bytesOf)
          return released([bytes], () => ruleLists(bytes, rulelists, parser(parseRuleList, desired.rulelists)))
        },
        signal,
      ),
      listeners: await list('listeners', listeners, parser(parseListener, desired.listeners)),
    }
  }
}

/** Returns the result of `use` for a response, and then frees its memory. */
function released<T>(body: ResponseBody, use: (chunks: readonly Uint8Array[]) => T): T {
  const chunks = typeof body === 'string' ? [Buffer.from(body)] : body
  try {
    return use(chunks)
  } finally {
    release(chunks)
  }
}

type RuleLists = Config['rulelists']

/** The text of a proxy before and after the id. Within a JSON string, the quotes would be escaped. */
const BEFORE_ID = `{"name":${JSON.stringify(MARKER)},"rules":["`
const AFTER_ID = '"]}'
/** The placeholder of the id in a known text. No response contains this byte, because it is not UTF-8. */
const ANY_ID = Buffer.from([0xff])
/** The form of ids of this operator. */
const ID = /^[\w-]{1,64}$/

function ruleLists(bytes: Buffer, texts: KnownTexts<RuleLists>, parse: (bytes: Buffer) => RuleLists): RuleLists {
  const at = bytes.indexOf(BEFORE_ID)
  const start = at + BEFORE_ID.length
  const end = at < 0 ? -1 : bytes.indexOf(AFTER_ID, start)
  const id = end < 0 ? '' : bytes.toString('latin1', start, end)
  if (!ID.test(id)) return texts.valueOf([bytes], parse)
  const chunks = [bytes.subarray(0, start), ANY_ID, bytes.subarray(end)]
  const others = texts.valueOf(chunks, () => withoutMarker(parse(bytes)))
  const marker: RuleList = { name: MARKER, rules: [id] }
  return new ExtendedMap(others, MARKER, marker)
}

function withoutMarker(lists: RuleLists): RuleLists {
  return new Map([...lists].filter(([name]) => name !== MARKER))
}
