/** The common types of the YAML and JSON parsers: the sections of a text, and the result of parsing one. */
import type { Spelling } from './spelling.ts'

/** A part of a file that can be parsed on its own; `line` counts from 1. */
export type TextSection = { readonly text: string; readonly line: number }
/** One parsed value; lines count from 0 at the start of its section. */
export type ParsedValue = {
  readonly value: unknown
  readonly line: number
  readonly itemLines: readonly number[]
  readonly spelling?: Spelling
}
export type SyntaxFault = { readonly line: number; readonly message: string; readonly help: string }
