/** The options of `l7mesh run` that are no settings. */
export type RunOptions = {
  readonly statusDir?: string
  readonly once?: boolean
}
