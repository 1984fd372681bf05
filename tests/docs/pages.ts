/** All Markdown pages of the repository, and its files: what git has, and what it would add. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Markdown, readMarkdown } from './markdown.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** `path`: from the root of the repository. `text`: all of it. */
export type Page = Markdown & { readonly path: string; readonly text: string }

/** From the root of the repository. */
export const FILES: readonly string[] = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
  { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
)
  .split('\0')
  .filter(path => path !== '' && existsSync(join(ROOT, path)))

export const PAGES: readonly Page[] = FILES.filter(path => path.endsWith('.md')).map(path =>
  pageOf(path, readFileSync(join(ROOT, path), 'utf8')),
)

export function pageOf(path: string, text: string): Page {
  return { path, text, ...readMarkdown(text) }
}

/** Throws where there is none. */
export function pageAt(path: string): Page {
  const page = PAGES.find(candidate => candidate.path === path)
  if (!page) throw new Error(`there is no page ${path}`)
  return page
}
