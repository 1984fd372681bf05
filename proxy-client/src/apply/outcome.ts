/** What came of a plan, as data. */
import type { ProxyError } from '../errors.ts'
import type { Step } from '../plan/call.ts'

export type Outcome =
  | { readonly step: Step; readonly state: 'done' }
  /** The proxy was not as it was read: it held already, or no longer, what the call was about. */
  | { readonly step: Step; readonly state: 'surprise'; readonly error: ProxyError }
  | { readonly step: Step; readonly state: 'failed'; readonly error: ProxyError }
  /** `because`: the step whose failure stood in the way; undefined where the proxy stopped answering. */
  | { readonly step: Step; readonly state: 'skipped'; readonly because: number | undefined }

export type Execution = {
  readonly outcomes: readonly Outcome[]
  /** Why the rest was not tried: the proxy does not answer, or the caller gave up. */
  readonly stopped: ProxyError | undefined
}
