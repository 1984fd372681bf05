/** The outcome of a plan, as data. */
import type { ProxyError } from '../errors.ts'
import type { Step } from '../plan/call.ts'

export type Outcome =
  | { readonly step: Step; readonly state: 'done' }
  /** The live config had changed since it was read: the object already existed, or no longer did. */
  | { readonly step: Step; readonly state: 'surprise'; readonly error: ProxyError }
  | { readonly step: Step; readonly state: 'failed'; readonly error: ProxyError }
  /** `because`: the failed step that it depends on; undefined if the proxy stopped responding. */
  | { readonly step: Step; readonly state: 'skipped'; readonly because: number | undefined }

export type Execution = {
  readonly outcomes: readonly Outcome[]
  /** Why the other steps were not tried: the proxy does not respond, or the caller aborted. */
  readonly stopped: ProxyError | undefined
}
