/** The body of a response: text, or its UTF-8 bytes in chunks as they arrived. Chunks belong to their receiver. */
export type ResponseBody = string | readonly Uint8Array[]

export function textOf(body: ResponseBody): string {
  if (typeof body === 'string') return body
  const [only] = body
  return body.length === 1 && only
    ? Buffer.from(only.buffer, only.byteOffset, only.length).toString()
    : bytesOf(body).toString()
}

/** The whole body, in memory that is not shared with the chunks. */
export function bytesOf(body: ResponseBody): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : Buffer.concat(body)
}

/**
 * Frees the memory of chunks that are no longer used. Otherwise, megabytes of garbage outside of the heap trigger frequent
 * full collections in V8. Memory that may be shared is left to V8.
 */
export function release(chunks: ResponseBody): void {
  if (typeof chunks === 'string') return
  for (const chunk of chunks) {
    const { buffer } = chunk
    if (buffer instanceof ArrayBuffer && chunk.length >= WORTH_FREEING && isAlone(chunk)) buffer.transfer(0)
  }
}

/** Smaller chunks are left to V8. In bytes. */
const WORTH_FREEING = 4096
/** More than the headers of a response take, in bytes. */
const HEADERS = 1024

/** Whether the memory holds nothing else but the headers before it. A buffer of Node.js's pool takes half of it at most. */
function isAlone({ buffer, byteOffset, length }: Uint8Array): boolean {
  return byteOffset <= HEADERS && byteOffset + length === buffer.byteLength
}
