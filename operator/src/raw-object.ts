/** The minimal shape of an object returned by an API server. Pure. */

export type RawObject = {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly resourceVersion: string
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}
