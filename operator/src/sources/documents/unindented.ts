/**
 * Parses text in quotes and brackets whose lines are not indented. YAML requires more indentation than the parent;
 * kubectl's reader ignores indentation between brackets and quotes, and users who embed JSON in YAML rely on it. Pure.
 */
import {
  Composer,
  type Document,
  type DocumentOptions,
  Lexer,
  type ParseOptions,
  Parser,
  type SchemaOptions,
} from 'yaml'

type YamlOptions = ParseOptions & DocumentOptions & SchemaOptions

/** The internals of the `yaml` lexer: the required indentation, and the readers of brackets and quotes. */
type LexerInternals = { indentNext: number } & Record<(typeof READERS)[number], () => Generator<string, unknown>>
const READERS = ['parseFlowCollection', 'parseQuotedScalar'] as const

/** Like `parseAllDocuments` of `yaml`, but ignores the indentation of lines between brackets and quotes. */
export function parseUnindented(text: string, options: YamlOptions): readonly Document.Parsed[] {
  const parser = new Parser(options.lineCounter?.addNewLine)
  return [...new Composer(options).compose(tokensOf(text, parser))]
}

function* tokensOf(text: string, parser: Parser) {
  for (const lexeme of lenientLexer().lex(text)) yield* parser.next(lexeme)
  yield* parser.end()
}

function lenientLexer(): Lexer {
  const lexer = new Lexer()
  // The types declare these members as private; testdata/go-yaml.json detects changes.
  const internals = lexer as unknown as LexerInternals
  for (const name of READERS) {
    const read = internals[name]
    internals[name] = function* () {
      const before = internals.indentNext
      internals.indentNext = 0
      const next = yield* read.call(lexer)
      internals.indentNext = before
      return next
    }
  }
  return lexer
}
