/**
 * A cache of parsed lists by their text. Proxies of one group respond with the same megabyte, each at every audit, and
 * comparing its bytes takes less than a hundredth of the time of parsing. The text itself is compared, not a hash of it.
 */

/** The texts of one kind of list, with their parsed values. */
export class KnownTexts<T> {
  readonly #most: number
  /** The most recently used last. */
  readonly #known: { readonly bytes: Uint8Array; readonly value: T }[] = []
  #size = 0

  /** `most`: the bytes of text to keep. The most recently used text is kept even if it is longer. */
  constructor(most: number) {
    this.#most = most
  }

  /** The parsed value of a text: the same object each time. `parse` must be pure; nothing is kept if it throws. */
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
