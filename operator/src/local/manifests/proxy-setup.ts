/**
 * The setup of a proxy by its manifest: the static configuration that the command of its container names, if it is in a
 * ConfigMap of the folder, and the other command line options. A configuration that is named but not available is a
 * mistake: without it, the proxy would behave differently.
 */
import { posix } from 'node:path'
import { isRecord } from '@l7mesh/crds'
import { parse } from 'yaml'
import type { Variables } from '../../variables.ts'
import { expand } from './container-environment.ts'
import type { Fields } from './fields.ts'

export type ProxySetup = {
  readonly config: StaticConfig
  /** The command line options other than the configuration. */
  readonly options: readonly string[]
}

export type StaticConfig = Readonly<Record<string, unknown>>

/** The data of a ConfigMap in the namespace of the pod; undefined if it does not exist. */
export type ConfigMaps = (name: string) => Readonly<Record<string, string>> | undefined

/** The defaults of the proxy image. */
const IMAGE = { folder: '/app', options: ['-c', 'config/l7mp-minimal.yaml', '-s', '-l', 'info'] }

/**
 * undefined: the proxy uses the default configuration of the image, which the runner provides. `volumes`: those of the
 * pod, by name.
 */
export function readProxySetup(
  container: Fields,
  volumes: ReadonlyMap<string, Fields>,
  configMaps: ConfigMaps,
): ProxySetup | undefined {
  const { path, options } = optionsOf(optionWords(container))
  if (path === undefined) return undefined
  const file = posix.resolve(container.optionalText('workingDir') ?? IMAGE.folder, path)
  const mount = mountAround(container, file)
  const volume = mount && volumes.get(mount.name)
  if (mount === undefined || volume === undefined) return undefined
  // The default file of the image is not named explicitly, so it is used only if it exists.
  if (!isSetUp(container) && configMaps(nameIn(volume))?.[mount.file] === undefined) return undefined
  if (!volume.has('configMap')) {
    volume.mistake('', `holds the configuration of the proxy, ${file}, and must be a ConfigMap`)
    return undefined
  }
  const text = textIn(volume.object('configMap'), mount.file, configMaps)
  const config = text === undefined ? undefined : parsed(text, file, volume)
  return config && { config, options }
}

const isSetUp = (container: Fields) => container.has('command') || container.has('args')

const nameIn = (volume: Fields) =>
  volume.has('configMap') ? (volume.object('configMap').optionalText('name') ?? '') : ''

/**
 * The arguments after the program name. In a shell script, those of the first proxy command with a configuration, or
 * else of the first proxy command.
 */
function optionWords(container: Fields): readonly string[] {
  const command = container.texts('command')
  const args = container.texts('args')
  if (command.length + args.length === 0) return IMAGE.options
  const variables = plainVariables(container)
  const words = [...command, ...args].map(word => expand(word, variables))
  return after(words) ?? afterInScript(words.join('\n')) ?? (command.length === 0 ? words : [])
}

function afterInScript(script: string): readonly string[] | undefined {
  const found = commandsOf(script).flatMap(command => {
    const options = after(command)
    return options ? [options] : []
  })
  return found.find(options => optionsOf(options).path !== undefined) ?? found[0]
}

/** The commands of a shell script as words, parsed only as far as needed to find the one that starts the proxy. */
function commandsOf(script: string): readonly (readonly string[])[] {
  const plain = script.replaceAll('\\\n', ' ').replace(REDIRECTION, ' ')
  return plain.split(/[;&|()\n]/).map(command => command.split(/[\s"']+/).filter(word => word !== ''))
}

const REDIRECTION = /\d*[<>]+&?\s*[^\s;&|]+/g

function after(words: readonly string[]): readonly string[] | undefined {
  const program = words.findIndex(word => /^(.*\/)?l7mp(-proxy)?(\.js)?$/.test(word))
  return program < 0 ? undefined : words.slice(program + 1)
}

function plainVariables(container: Fields): Variables {
  const values = container.objects(
    'env',
    env => [env.optionalText('name') ?? '', env.optionalText('value') ?? ''] as const,
  )
  return Object.fromEntries(values)
}

/**
 * The last `-c` wins, as `-c FILE`, `-cFILE` or `--c=FILE`. `-s` (strict) is dropped: which configurations it rejects
 * differs between versions of the proxy, and it rejects even the examples of this version.
 */
function optionsOf(words: readonly string[]): { readonly path?: string; readonly options: readonly string[] } {
  const options: string[] = []
  let path: string | undefined
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '-c' || word === '--c') path = words[++at]
    else if (/^-c.|^--c=./.test(word)) path = word.replace(/^--?c=?/, '')
    else if (word !== '-s') options.push(word)
  }
  return { ...(path !== undefined && { path }), options }
}

type MountedFile = { readonly name: string /** Path within the volume. */; readonly file: string }

/** The innermost mount that contains a file. */
function mountAround(container: Fields, file: string): MountedFile | undefined {
  const mounts = container.objects('volumeMounts', mount => ({
    name: mount.optionalText('name') ?? '',
    path: posix.resolve('/', mount.optionalText('mountPath') ?? ''),
    subPath: mount.optionalText('subPath') ?? '',
  }))
  const around = mounts.filter(({ path }) => path === file || file.startsWith(`${path === '/' ? '' : path}/`))
  const [mount] = around.toSorted((a, b) => b.path.length - a.path.length)
  return mount && { name: mount.name, file: posix.join(mount.subPath, posix.relative(mount.path, file)) }
}

function textIn(source: Fields, file: string, configMaps: ConfigMaps): string | undefined {
  const name = source.objectName('name')
  const data = configMaps(name)
  if (data === undefined) {
    source.mistake(
      'name',
      `names the ConfigMap with the configuration of the proxy, which no file of this folder defines: ${name}`,
    )
    return undefined
  }
  const items = source.objects('items', item => ({ key: item.text('key'), path: item.text('path') }))
  const key = source.has('items') ? items.find(({ path }) => path === file)?.key : file
  const text = key === undefined || !Object.hasOwn(data, key) ? undefined : data[key]
  if (text === undefined) source.mistake('', `has no file ${file}, the configuration of the proxy`)
  return text
}

/** The proxy decides by the file name whether to parse YAML; JSON is also valid YAML. */
function parsed(text: string, file: string, volume: Fields): StaticConfig | undefined {
  try {
    const config: unknown = parse(text)
    if (isRecord(config)) return config
    volume.mistake('', `has ${posix.basename(file)}, the configuration of the proxy, which is not an object`)
  } catch (error) {
    const [reason] = error instanceof Error ? error.message.split('\n') : [String(error)]
    volume.mistake('', `has ${posix.basename(file)}, the configuration of the proxy, which cannot be read: ${reason}`)
  }
  return undefined
}
