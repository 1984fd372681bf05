/**
 * The lines of a body as they arrive, in batches: all that came in one piece of data are one batch, so that a storm of
 * events is worked off together. A line may be cut anywhere, also within a character; no byte is looked at twice.
 */
import type { Readable } from 'node:stream'

/** Batches of whole lines. Ends when the body does; an unfinished last line is dropped, since it may be half an object. */
export type Lines = AsyncIterable<readonly string[]>

/** Failures of the body come as what `explain` makes of them. */
export async function* linesOf(body: Readable, explain: (cause: unknown) => Error): Lines {
  const decoder = new TextDecoder()
  /** Pieces of the line that is not complete yet. */
  let open: string[] = []
  try {
    for await (const chunk of body) {
      const parts = decoder.decode(chunk, { stream: true }).split('\n')
      const rest = parts.pop() ?? ''
      const [first, ...others] = parts
      if (first !== undefined) {
        yield [[...open, first].join(''), ...others].filter(line => line.trim() !== '')
        open = []
      }
      if (rest !== '') open.push(rest)
    }
  } catch (cause) {
    throw explain(cause)
  }
}
