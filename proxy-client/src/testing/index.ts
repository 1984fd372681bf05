/** For tests: a fake proxy in memory that behaves like the real one and injects faults. */
import '../node-version.ts'

export { type Effect, FakeProxy, type FakeProxyOptions } from './fake-proxy.ts'
export type { Fault, FaultRule, ReceivedCall } from './faults.ts'
export { type FakeServer, type FakeServerOptions, startFakeProxy } from './server.ts'
