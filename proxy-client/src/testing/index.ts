/** For tests: a proxy in memory that behaves like the real one, and goes wrong on demand. */
import '../node-version.ts'

export { type Effect, FakeProxy, type FakeProxyOptions } from './fake-proxy.ts'
export type { Fault, FaultRule, ReceivedCall } from './faults.ts'
export { type FakeServer, type FakeServerOptions, startFakeProxy } from './server.ts'
