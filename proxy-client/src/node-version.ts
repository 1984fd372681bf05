/**
 * Fails with a clear message if Node.js is too old. The entry points of this package import it before all other modules.
 */
import { versions } from 'node:process'

/** Equals `engines` of package.json. */
const OLDEST = [22, 19] as const

const [major = 0, minor = 0] = versions.node.split('.').map(Number)
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
  throw new Error(`@l7mesh/proxy-client needs Node.js ${OLDEST.join('.')} or newer; this is ${versions.node}`)
