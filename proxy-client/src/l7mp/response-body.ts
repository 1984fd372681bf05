/** The body of a response: text, or its UTF-8 bytes in chunks as they arrived. Pure. */
export type ResponseBody = string | readonly Uint8Array[]

export function textOf(body: ResponseBody): string {
  if (typeof body === 'string') return body
  const [only] = body
  return body.length === 1 && only
    ? Buffer.from(only.buffer, only.byteOffset, only.length).toString()
    : bytesOf(body).toString()
}

/** In one piece, which shares no memory with the chunks. */
export function bytesOf(body: ResponseBody): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : Buffer.concat(body)
}
