/**
 * The text of a file of manifests. It is UTF-8; or UTF-16 where the file begins with the mark of that, as PowerShell writes
 * what a command prints, and as kubectl reads it. Pure.
 */
export function textOfFile(bytes: Buffer): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  return bytes.toString('utf8')
}
