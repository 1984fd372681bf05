/**
 * Text in quotes and brackets whose lines are not indented. YAML wants them deeper than what they belong to; kubectl's
 * reader does not look at the indentation between brackets and quotes, and people who put JSON into YAML rely on it. Pure.
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

/** What the lexer of `yaml` keeps to itself: how deep a line must be indented, and what reads brackets and quotes. */
type Inside = { indentNext: number } & Record<(typeof READERS)[number], () => Generator<string, unknown>>
const READERS = ['parseFlowCollection', 'parseQuotedScalar'] as const

/** As `parseAllDocuments` of `yaml`, however little the lines between brackets and quotes are indented. */
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
  // The types have the members as private; testdata/go-yaml.json notices when they are others.
  const inside = lexer as unknown as Inside
  for (const name of READERS) {
    const read = inside[name]
    inside[name] = function* () {
      const before = inside.indentNext
      inside.indentNext = 0
      const next = yield* read.call(lexer)
      inside.indentNext = before
      return next
    }
  }
  return lexer
}
