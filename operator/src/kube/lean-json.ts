/**
 * JSON of an API server, without the managed fields of its objects: who wrote which field is half of what it sends, the
 * half that takes longest to parse, and nobody here asks for it. Pure.
 */

const FIELD = '"managedFields":['

/** Only for kinds that have no other field of that name. Throws a SyntaxError where it is no JSON. */
export function parseWithoutManagedFields(text: string): unknown {
  return JSON.parse(withoutManagedFields(text))
}

/** The text cannot be in a string: there its quotes would have backslashes. */
function withoutManagedFields(text: string): string {
  const kept: string[] = []
  let from = 0
  for (let at = text.indexOf(FIELD); at >= 0; at = text.indexOf(FIELD, from)) {
    kept.push(text.slice(from, at), FIELD, ']')
    from = endOfList(text, at + FIELD.length)
  }
  return from === 0 ? text : kept.join('') + text.slice(from)
}

const [QUOTE, BACKSLASH, OPENING, CLOSING] = [0x22, 0x5c, 0x5b, 0x5d]

/** Where the list ends whose first item begins at `at`. */
function endOfList(text: string, at: number): number {
  let depth = 1
  let isInString = false
  for (let next = at; next < text.length; next++) {
    const code = text.charCodeAt(next)
    if (code === QUOTE) isInString = !isInString
    else if (code === BACKSLASH) next++
    else if (isInString) continue
    else if (code === OPENING) depth++
    else if (code === CLOSING && --depth === 0) return next + 1
  }
  return text.length
}
