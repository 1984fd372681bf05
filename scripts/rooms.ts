/**
 * The rooms of the code, from the bottom, with their allowed imports. `npm test -- check` enforces the table
 * (scripts/directions.ts): other imports are rejected. A room imports only rooms above it in this list, so there are no
 * cycles.
 *
 * A room is a folder without its subfolders, which are rooms themselves, or a file that is listed here. Names are
 * folders of operator/src, or start with another package: `proxy-client/plan` is proxy-client/src/plan, and `.` is
 * operator/src itself. Tests and scripts may import anything.
 */

export type Room = {
  readonly name: string
  /** The rooms that it may import; files of one room may import each other. */
  readonly imports: readonly string[]
  /**
   * All its files are without I/O, clock, randomness, timers and logs, and import only such code at run time. In other
   * rooms this applies to each file whose docstring says `Pure`.
   */
  readonly isPure: boolean
}

/** In the table `a/{b,c}` is `a/b a/c`. */
const GROUPS: Readonly<Record<string, string>> = {
  /** Time, errors, API objects as values, the types of resources, and the table of kinds. */
  BASE: '. crds kinds',
  /** The common imports of commands. */
  COMMAND: '. crds kinds cli/{process,options} report report/text',
}

export const ROOMS: readonly Room[] = [
  pure('crds', ''),

  room('proxy-client/node-version.ts', ''),
  pure('proxy-client', ''),
  pure('proxy-client/plan', 'proxy-client'),
  room('proxy-client/apply', 'proxy-client proxy-client/plan'),
  room('proxy-client/l7mp', 'proxy-client proxy-client/{plan,apply}'),
  room('proxy-client/index.ts', 'proxy-client proxy-client/{node-version.ts,plan,apply,l7mp}'),
  room('proxy-client/testing', 'proxy-client proxy-client/{node-version.ts,l7mp,index.ts}'),

  room('.', 'crds'),
  room('settings', '. crds'),
  room('kube', '. crds'),
  room('kube/testing', 'kube'),

  pure('kinds', '. crds'),
  pure('sources', 'BASE'),
  pure('sources/validation', 'BASE sources'),
  pure('sources/documents', 'BASE sources sources/validation'),
  room('sources/folder', 'BASE sources sources/{validation,documents}'),
  room('sources/kubernetes', 'BASE sources sources/validation kube'),

  pure('translate', 'BASE proxy-client/index.ts sources'),
  pure('translate/incremental', 'BASE proxy-client/index.ts sources'),
  pure('translate/predicates', 'BASE proxy-client/index.ts translate'),
  pure('translate/lookup', 'BASE proxy-client/index.ts sources translate translate/{incremental,predicates}'),
  pure('translate/fragment.ts', 'BASE proxy-client/index.ts sources translate translate/{incremental,lookup}'),
  pure('translate/l7mp/fields', 'BASE proxy-client/index.ts translate'),
  pure('translate/l7mp/references', 'BASE translate translate/lookup translate/l7mp/fields'),
  pure(
    'translate/l7mp/cycles',
    'BASE proxy-client/index.ts translate translate/{incremental,predicates,lookup} translate/l7mp/{fields,references}',
  ),
  pure(
    'translate/l7mp/build',
    'BASE proxy-client/index.ts sources translate translate/{incremental,predicates,lookup} ' +
      'translate/l7mp/{fields,references,cycles}',
  ),
  pure(
    'translate/l7mp/fragments',
    'BASE proxy-client/index.ts sources translate translate/{incremental,lookup,fragment.ts} ' +
      'translate/l7mp/{fields,references,build}',
  ),
  pure(
    'translate/l7mp',
    'BASE sources translate translate/{incremental,lookup,fragment.ts} ' +
      'translate/l7mp/{fields,references,cycles,build,fragments}',
  ),
  pure('translate/fleet', 'BASE proxy-client/index.ts sources translate translate/{incremental,lookup,fragment.ts}'),
  pure('translate/translate.ts', 'sources translate translate/{incremental,lookup,fragment.ts,fleet,l7mp,l7mp/build}'),

  pure('telemetry', 'proxy-client/index.ts'),
  room('converge', 'BASE proxy-client/index.ts telemetry sources translate translate/lookup'),
  room('resolve', 'BASE sources translate'),

  pure('report', 'BASE proxy-client/index.ts sources translate translate/lookup converge resolve'),
  room('report/live', 'BASE proxy-client/index.ts sources translate converge report'),
  pure('report/text', 'report report/live'),
  room('report/log', 'settings report report/text'),
  room('report/folder', 'BASE sources report'),
  room('report/kubernetes', 'BASE kube sources sources/kubernetes report'),

  room('local/preload', ''),
  pure('local/manifests', 'BASE sources'),
  room('local/process', 'BASE local/manifests'),
  room('local/network', 'BASE proxy-client/index.ts sources local/{manifests,process}'),
  room('local/pod', 'BASE proxy-client/index.ts sources local/{manifests,process,network}'),
  room('local', 'BASE sources local/{manifests,process,network,pod}'),

  room(
    'app',
    'BASE proxy-client/index.ts telemetry settings kube sources sources/{folder,kubernetes} translate converge ' +
      'resolve report report/kubernetes local local/manifests',
  ),

  room('cli/process', 'proxy-client/index.ts settings translate converge resolve report/text'),
  room(
    'cli/options',
    'BASE settings translate translate/translate.ts converge report report/{text,log,folder} local/pod cli/process',
  ),
  room('cli/folder', 'COMMAND sources sources/{documents,folder} translate converge local/{manifests,network,pod}'),
  room('cli/cluster', 'COMMAND proxy-client/index.ts settings kube sources sources/kubernetes translate converge'),
  room(
    'cli/inspect',
    'COMMAND proxy-client/index.ts kube sources sources/kubernetes translate translate/lookup converge resolve ' +
      'report/live cli/{folder,cluster}',
  ),
  room('cli/validate', 'COMMAND sources sources/{documents,folder,kubernetes} translate cli/{folder,cluster}'),
  room('cli/collect', 'COMMAND proxy-client/index.ts kube sources translate/lookup cli/{folder,cluster,inspect}'),
  room(
    'cli/cleanup',
    'COMMAND proxy-client/index.ts settings kube sources/kubernetes translate translate/lookup converge ' +
      'cli/{folder,cluster,inspect}',
  ),
  room('cli/run', 'COMMAND converge settings kube sources sources/kubernetes report/{live,log} app cli/folder'),
  room('cli/up', 'COMMAND sources report/{live,log} local local/{network,process} app cli/folder'),
  room('cli', 'COMMAND settings cli/{inspect,validate,collect,cleanup,run,up}'),
  room('main.ts', 'settings converge report/text cli cli/process'),
]

/** `ROOM → ROOM`, and why it is tolerated for now. An unneeded exception is an error. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {}

/** Files that may have state at module level, and why. */
export const STATEFUL: Readonly<Record<string, string>> = {
  'operator/src/local/preload/harden.cjs': 'a preload, which changes the one process that it is loaded into',
}

/** The third-party imports that are allowed in pure code, by module. */
export const PURE_MODULES: Readonly<Record<string, 'all' | readonly string[]>> = {
  'fast-json-patch': 'all',
  'node:crypto': ['createHash', 'hash'],
  'node:net': ['BlockList', 'isIP', 'isIPv4', 'isIPv6'],
  'node:path': ['basename', 'dirname', 'join', 'posix', 'relative', 'sep'],
  'node:path/posix': ['basename', 'dirname', 'join', 'normalize', 'relative', 'sep'],
  'node:util': ['isDeepStrictEqual', 'stripVTControlCharacters', 'styleText'],
  '@marcbachmann/cel-js': 'all',
  'cli-table3': 'all',
  yaml: 'all',
}

function room(name: string, imports: string): Room {
  return { name, imports: expanded(imports), isPure: false }
}

function pure(name: string, imports: string): Room {
  return { name, imports: expanded(imports), isPure: true }
}

function expanded(names: string): readonly string[] {
  return names.split(' ').flatMap(name => {
    const group = GROUPS[name]
    if (group !== undefined) return expanded(group)
    const [, prefix = name, choices] = /^(.*)\{(.*)\}$/.exec(name) ?? []
    return choices === undefined ? [prefix].filter(text => text !== '') : choices.split(',').map(text => prefix + text)
  })
}
