/** The syntax of labels in Kubernetes. A selector that requires an invalid label would never match. */

/** What is wrong with the key of a label or with one of its values; undefined if they are valid. */
export function labelProblem(key: string, values: readonly string[]): string | undefined {
  const problem = keyProblem(key)
  if (problem !== undefined) return `no pod can have the label ${show(key)}: ${problem}`
  const odd = values.find(value => !isValue(value))
  return odd === undefined
    ? undefined
    : `no pod can have the label ${key} with the value ${show(odd)}: a value is empty or consists of ${NAME_RULE}`
}

/** `NAME` or `PREFIX/NAME`. */
function keyProblem(key: string): string | undefined {
  const slash = key.indexOf('/')
  if (!isName(key.slice(slash + 1))) return `the name of a label consists of ${NAME_RULE}`
  return slash < 0 || isDomain(key.slice(0, slash)) ? undefined : `the part before the slash is ${DOMAIN_RULE}`
}

const NAME_RULE = 'at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends'
const DOMAIN_RULE = 'a DNS name of at most 253 lower-case letters, digits, `-` and `.`'

function isName(text: string): boolean {
  return text.length <= 63 && /^[A-Za-z0-9](?:[-_.A-Za-z0-9]*[A-Za-z0-9])?$/.test(text)
}

function isDomain(text: string): boolean {
  return text.length <= 253 && text.split('.').every(part => /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(part))
}

function isValue(text: string): boolean {
  return text === '' || isName(text)
}

function show(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text)
}

const MAX_SHOWN = 80
