/** The options of `l7mesh run` that are not settings. */
export type RunOptions = {
  readonly statusDir?: string
  readonly once?: boolean
}
