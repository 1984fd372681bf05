/**
 * Lists that were parsed once, by their text. Proxies of one group answer a read with the same megabyte, each and again
 * at every audit: to compare its bytes takes less than a hundredth of the time that parsing does. The text itself is
 * compared, not a hash of it.
 */

/** The texts of one kind of list, and what each was parsed to. */
export class KnownTexts<T> {
  readonly #most: number
  /** The most recently used last. */
  readonly #known: { readonly bytes: Uint8Array; readonly value: T }[] = []
  #size = 0

  /** `most`: how many bytes of text are kept. The most recently used text is kept also if it is longer. */
  constructor(most: number) {
    this.#most = most
  }

  /** The value of a text: the same one each time. `parse` must be pure; nothing is kept if it throws. */
  valueOf(chunks: readonly Uint8Array[], parse: (bytes: Buffer) => T): T {
    const index = this.#known.findLastIndex(({ bytes }) => isText(bytes, chunks))
    const [found] = index < 0 ? [] : this.#known.splice(index, 1)
    if (found) {
      this.#known.push(found)
      return found.value
    }
    const bytes = Buffer.concat(chunks)
    const value = parse(bytes)
    this.#known.push({ bytes, value })
    this.#size += bytes.length
    this.#evict()
    return value
  }

  #evict(): void {
    while (this.#size > this.#most && this.#known.length > 1) this.#size -= this.#known.shift()?.bytes.length ?? 0
  }
}

function isText(text: Uint8Array, chunks: readonly Uint8Array[]): boolean {
  if (text.length !== chunks.reduce((length, chunk) => length + chunk.length, 0)) return false
  let at = 0
  for (const chunk of chunks) {
    if (Buffer.compare(text.subarray(at, at + chunk.length), chunk) !== 0) return false
    at += chunk.length
  }
  return true
}
