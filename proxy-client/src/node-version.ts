/**
 * Says so where Node.js is too old, before what does not run there is loaded: the entries of this package import it first.
 */
import { versions } from 'node:process'

/** As `engines` of the package says. */
const OLDEST = [22, 19] as const

const [major = 0, minor = 0] = versions.node.split('.').map(Number)
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
  throw new Error(`@l7mesh/proxy-client needs Node.js ${OLDEST.join('.')} or newer; this is ${versions.node}`)
