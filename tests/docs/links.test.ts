/** Every link in the Markdown pages leads somewhere, and every path of the repository in a code span exists. */
import { existsSync, globSync } from 'node:fs'
import { dirname, join, matchesGlob, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readMarkdown } from './markdown.ts'
import { FILES, PAGES, type Page, pageAt, ROOT } from './pages.ts'

/** Nothing is fetched: a missing external page is not a failure of this repository. */
const HOSTS: ReadonlySet<string> = new Set([
  'github.com',
  'keepachangelog.com',
  'l7mp.io',
  'no-color.org',
  'semver.org',
])

const links = PAGES.flatMap(page =>
  page.links.map(link => ({ name: `${page.path}:${link.line} ${link.target}`, page, ...link })),
)
const spans = PAGES.flatMap(page =>
  page.spans.map(span => ({ name: `${page.path}:${span.line} ${span.text}`, page, ...span })),
)

/** What is wrong with a link, or undefined. */
function wrongLink({ path }: Pick<Page, 'path'>, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) {
    const { protocol, hostname } = new URL(target)
    return protocol === 'https:' && HOSTS.has(hostname) ? undefined : `${hostname} is not one of HOSTS in links.test.ts`
  }
  const [file = '', anchor] = target.split('#')
  const found = file === '' ? path : normalize(join(dirname(path), file)).replace(/\/$/, '')
  if (!isInRepository(found)) return `there is no ${found}`
  if (anchor === undefined) return undefined
  if (/^L\d+/.test(anchor)) return 'lines move: name what is there'
  if (!found.endsWith('.md')) return `${found} is not a page and has no anchors`
  return pageAt(found).anchors.has(anchor) ? undefined : `${found} has no heading #${anchor}`
}

/** A file that git has, or a folder with one. */
function isInRepository(path: string): boolean {
  return FILES.some(file => file === path || file.startsWith(`${path}/`))
}

/** What a code span that looks like a path would name; undefined where it looks like none. */
function wrongPath({ path: page }: Pick<Page, 'path'>, text: string): string | undefined {
  const line = /^(\S+\.(?:ts|mjs|cjs|md|yaml|tpl|go|sh)):\d+$/.exec(text)
  if (line) return 'lines move: name what is there'
  // Written by a build, so git has none of it.
  if (!/^[\w.@{}*,-]+(?:\/[\w.@{}*,-]+)*\/?$/.test(text) || /(?:^|\/)(?:dist|node_modules)(?:\/|$)/.test(text))
    return undefined
  const folders = ['', `${dirname(page)}/`]
  const isRooted =
    text.includes('/') && folders.some(folder => existsSync(join(ROOT, folder, text.split('/')[0] ?? '')))
  if (isRooted) return folders.some(folder => exists(`${folder}${text}`)) ? undefined : `there is no ${text}`
  return /\.(?:ts|cjs|tpl)$/.test(text) && !endsAFile(text) ? `no file is called ${text}` : undefined
}

/** Words in capitals stand for any name. */
function exists(path: string): boolean {
  const pattern = path.replace(/\b[A-Z]{2,}\b(?!\.md$)/g, '*').replace(/\/$/, '')
  return isInRepository(normalize(pattern)) || globSync(pattern, { cwd: ROOT }).length > 0
}

/** A name without its folders, or with some of them; `*` stands for anything. */
function endsAFile(path: string): boolean {
  return FILES.some(file => matchesGlob(file, `**/${path}`))
}

describe('links of the pages', () => {
  it.each(links)('$name', ({ page, target }) => {
    expect(wrongLink(page, target)).toBe(undefined)
  })

  it.each([
    ['none.md', 'there is no docs/none.md'],
    ['../..', 'there is no ..'],
    ['install.md#none', 'no heading #none'],
    ['#none', 'no heading #none'],
    ['../operator/src/main.ts#L3', 'lines move'],
    ['https://example.com/page', 'example.com is not one of'],
    ['http://github.com', 'is not one of'],
  ])('a link to %s is refused', (target, message) => {
    expect(wrongLink({ path: 'docs/install.md' }, target)).toContain(message)
  })

  it('have anchors like those of GitHub', () => {
    const { anchors, links } = readMarkdown(
      '# A `b`, c\n## [Ports](x.md) below 1024!\n## Ports below 1024\n```\n# no\n```\n`[x](y)` <a id="z"></a>\n',
    )
    expect([...anchors]).toEqual(['a-b-c', 'ports-below-1024', 'ports-below-1024-1', 'z'])
    expect(links).toEqual([{ target: 'x.md', line: 2 }])
  })
})

describe('paths in code spans of the pages', () => {
  it('are found', () => {
    expect(spans.filter(({ text }) => text.includes('/') && isInRepository(text)).length).toBeGreaterThan(30)
  })

  it('exist', () => {
    expect(spans.flatMap(({ name, page, text }) => wrongPath(page, text)?.replace(/^/, `${name}: `) ?? [])).toEqual([])
  })

  it.each([
    ['operator/src/none.ts', 'there is no'],
    ['operator/src/main.ts:3', 'lines move'],
    ['none/none.ts', 'no file is called'],
    ['tests/none/', 'there is no'],
    ['crds/*.none', 'there is no'],
  ])('%s is refused', (text, message) => {
    expect(wrongPath({ path: 'docs/install.md' }, text)).toContain(message)
  })
})
