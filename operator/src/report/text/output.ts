/** An output stream for users. */

export type Output = {
  readonly isTerminal: boolean
  /** In characters; undefined if it is not a terminal. */
  size(): { readonly columns: number; readonly rows: number } | undefined
  write(text: string): void
  /** Returns a function that unsubscribes. */
  onResize(callback: () => void): () => void
}

/** Whether colors are enabled. */
export type ColorSettings = {
  /** undefined: colors if the output is a terminal. */
  readonly settings: { readonly colors: boolean | undefined }
}
