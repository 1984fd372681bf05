/** Where text for people goes. */

export type Output = {
  readonly isTerminal: boolean
  /** In characters; undefined where it is not a terminal. */
  size(): { readonly columns: number; readonly rows: number } | undefined
  write(text: string): void
  /** Returns a function that ends the calls. */
  onResize(callback: () => void): () => void
}

/** Whether colours are asked for. */
export type ColorSettings = {
  /** undefined: colours where the output is a terminal. */
  readonly settings: { readonly colors: boolean | undefined }
}
