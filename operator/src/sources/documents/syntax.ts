/** What the parsers of YAML and of JSON have in common: the pieces of a text, and what becomes of one. */
import type { Spelling } from './spelling.ts'

/** A piece of a file that can be parsed by itself; `line` counts from 1. */
export type TextSection = { readonly text: string; readonly line: number }
/** One parsed value; lines count from 0 at the start of its section. */
export type ParsedValue = {
  readonly value: unknown
  readonly line: number
  readonly itemLines: readonly number[]
  readonly spelling?: Spelling
}
export type SyntaxFault = { readonly line: number; readonly message: string; readonly help: string }
