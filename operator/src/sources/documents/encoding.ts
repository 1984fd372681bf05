/**
 * Decodes a manifest file. The encoding is UTF-8, or UTF-16 if the file begins with its byte order mark, as with
 * redirected output of PowerShell; kubectl accepts the same. Pure.
 */
export function textOfFile(bytes: Buffer): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  return bytes.toString('utf8')
}
