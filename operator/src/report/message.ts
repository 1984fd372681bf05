/** Joins the texts of a condition's message. Its length is bounded, as the API server requires. */

/** The limit of a message; Kubernetes allows 32,768 characters in a condition. */
const MOST_CHARACTERS = 4000

/** The first texts, and the number of the others. */
export function joinedMessage(texts: readonly string[]): string {
  let length = 0
  const end = texts.findIndex((text, index) => {
    length += text.length + SEPARATOR.length
    return index > 0 && length > MOST_CHARACTERS
  })
  const kept = end < 0 ? texts : texts.slice(0, end)
  const more = kept.length < texts.length ? [`and ${texts.length - kept.length} more`] : []
  return [...kept.map(shortened), ...more].join(SEPARATOR)
}

const SEPARATOR = '; '

function shortened(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`
}
