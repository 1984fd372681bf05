// Preload for an l7mp proxy in a pod: when it is asked to end, it goes on serving until no session is left, or until the
// pod's grace period is over and the kubelet ends it. l7mp 0.5.7 ends at once, and every session with it.
'use strict'
const EVERY_MS = 500

const on = process.on
process.on = function (event, listener) {
  if (event !== 'SIGTERM') return on.call(this, event, listener)
  return on.call(this, event, () => {
    const left = global.l7mp.sessions.length
    process.stderr.write(`ending: ${left} session${left === 1 ? '' : 's'} left\n`)
    whenDrained(listener)
  })
}

// A session whose proxy ends by itself is not asked for twice: the listener is the proxy's own, which exits.
function whenDrained(end) {
  if (global.l7mp.sessions.length === 0) return end('SIGTERM')
  setTimeout(whenDrained, EVERY_MS, end)
}
