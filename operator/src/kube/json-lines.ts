/**
 * Splits a response body into lines, in batches: the lines that arrive in one chunk form one batch, so that a burst of
 * events is processed together. A line may be split anywhere, even within a character; each byte is processed once.
 */
import type { Readable } from 'node:stream'

/**
 * Batches of complete lines. Ends with the body; an incomplete last line is dropped, because it may be half of an
 * object.
 */
export type Lines = AsyncIterable<readonly string[]>

/** Errors of the body are converted by `explain`. */
export async function* linesOf(body: Readable, explain: (cause: unknown) => Error): Lines {
  const decoder = new TextDecoder()
  /** Chunks of the line that is still incomplete. */
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
