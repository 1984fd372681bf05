/**
 * Builds an image from its Dockerfile without a container engine, and runs it with the files that it copies and
 * generates. The base image is replaced by this machine's /usr and the pinned Node.js. During the build, a stage has
 * access to the whole machine in addition to its own files; the built image has access only to its files and /usr,
 * read-only, and runs as the user of the image or its pod, without capabilities.
 */
import { spawn } from 'node:child_process'
import { cp, mkdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Instruction, readDockerfile, type Stage } from './dockerfile.ts'

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url))

export type Image = {
  readonly base: string
  /** The folder with the files of the image at their paths. */
  readonly files: string
  readonly workdir: string
  readonly uid: number
  readonly gid: number
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
}

/** Builds the image in `folder`, which must be empty. */
export async function buildImage(dockerfile: string, folder: string): Promise<Image> {
  const stages = readDockerfile(await readFile(join(REPOSITORY, dockerfile), 'utf8'))
  const ignored = await readIgnored(`${dockerfile}.dockerignore`)
  const built = new Map<string, Image>()
  let image: Image | undefined
  for (const [index, stage] of stages.entries()) {
    const files = join(folder, `${index}`)
    // Files that a stage creates for other stages must be among its own files.
    for (const path of copiedFrom(stage, stages)) await mkdir(join(files, topOf(path)), { recursive: true })
    image = await buildStage(stage, files, built, ignored)
    built.set(stage.name, image)
  }
  if (!image) throw new Error(`${dockerfile} has no FROM`)
  return image
}

const copiedFrom = ({ name }: Stage, stages: readonly Stage[]) =>
  stages.flatMap(({ instructions }) =>
    instructions.flatMap(step => (step.type === 'COPY' && step.from === name ? step.sources : [])),
  )
const topOf = (path: string) => path.split('/')[1] ?? ''

/** Names that are ignored at any depth, the only form used in this repository. */
async function readIgnored(file: string): Promise<readonly string[]> {
  const lines = (await readFile(join(REPOSITORY, file), 'utf8')).split('\n')
  return lines.filter(line => line !== '').map(line => line.replace('**/', ''))
}

async function buildStage(
  { base, instructions }: Stage,
  files: string,
  built: ReadonlyMap<string, Image>,
  ignored: readonly string[],
): Promise<Image> {
  let image: Image = { base, files, workdir: '/', uid: 0, gid: 0, entrypoint: [], cmd: [] }
  for (const step of instructions) {
    if (step.type === 'COPY') await copy(step, image, built, ignored)
    else if (step.type === 'RUN') await runStep(step.words, image)
    else image = after(step, image)
    if (step.type === 'WORKDIR') await mkdir(join(files, step.path), { recursive: true })
  }
  return image
}

function after(step: Exclude<Instruction, { readonly type: 'COPY' | 'RUN' }>, image: Image): Image {
  switch (step.type) {
    case 'WORKDIR':
      return { ...image, workdir: step.path }
    case 'USER':
      return { ...image, uid: step.uid, gid: step.gid }
    case 'ENTRYPOINT':
      return { ...image, entrypoint: step.words }
    case 'CMD':
      return { ...image, cmd: step.words }
    case 'EXPOSE':
      return image
  }
}

async function copy(
  { from, sources, to }: Extract<Instruction, { readonly type: 'COPY' }>,
  { files, workdir }: Image,
  built: ReadonlyMap<string, Image>,
  ignored: readonly string[],
): Promise<void> {
  const origin = from === undefined ? REPOSITORY : built.get(from)?.files
  if (origin === undefined) throw new Error(`no previous stage is named ${from}`)
  const target = join(files, to.startsWith('/') ? to : join(workdir, to))
  for (const source of sources) {
    const path = join(origin, source)
    const isFolder = (await stat(path)).isDirectory()
    const into = to.endsWith('/') && !isFolder ? join(target, path.split('/').at(-1) ?? '') : target
    await mkdir(dirname(into), { recursive: true })
    const isKept = (name: string) =>
      !relative(origin, name)
        .split('/')
        .some(part => ignored.includes(part))
    await cp(path, into, { recursive: true, verbatimSymlinks: true, ...(from === undefined && { filter: isKept }) })
  }
}

/** Creates a root file system with the folders of the machine and the stage, and runs a build command in it. */
const BUILD = `
  mount -t tmpfs tmpfs "$ROOT"
  for path in /* "$FILES"/*; do
    name=$(basename "$path"); [ -e "$ROOT/$name" ] || [ -L "$ROOT/$name" ] && continue
    [ -e "$FILES/$name" ] && path="$FILES/$name"
    if [ -L "$path" ]; then cp -P "$path" "$ROOT/$name"
    elif [ -d "$path" ]; then mkdir "$ROOT/$name"; mount --rbind "$path" "$ROOT/$name"; fi
  done
  export PATH="$(dirname "$NODE"):$PATH"
  exec chroot "$ROOT" env --chdir="$WORKDIR" "$@"`

async function runStep(words: readonly string[], image: Image): Promise<void> {
  const root = await emptyRoot(image)
  const child = unshare(BUILD, words, {
    ROOT: root,
    FILES: image.files,
    NODE: process.execPath,
    WORKDIR: image.workdir,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (said += chunk))
  const code = await new Promise(resolve => child.once('close', resolve))
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}:\n${said}`)
}

/** A read-only root file system with the files of the image and its base, and a user without capabilities. */
const RUN = `
  mount -t tmpfs tmpfs "$ROOT"
  for path in /usr /lib /lib64 /bin /sbin; do
    if [ -L "$path" ]; then cp -P "$path" "$ROOT$path"
    elif [ -d "$path" ]; then mkdir "$ROOT$path"; mount --bind -o ro "$path" "$ROOT$path"; fi
  done
  mkdir "$ROOT/base" "$ROOT/proc" "$ROOT/dev"
  touch "$ROOT/base/node"; mount --bind -o ro "$NODE" "$ROOT/base/node"
  mount --rbind /proc "$ROOT/proc"; mount --rbind /dev "$ROOT/dev"
  for path in "$FILES"/*; do
    mkdir "$ROOT/$(basename "$path")"; mount --bind -o ro "$path" "$ROOT/$(basename "$path")"
  done
  for bind in $BINDS; do
    mkdir -p "$ROOT/\${bind#*:}"; mount --bind -o ro "\${bind%%:*}" "$ROOT/\${bind#*:}"
  done
  mount -o remount,ro "$ROOT"
  export PATH=/base:/usr/sbin:/usr/bin:/sbin:/bin HOME=/
  exec chroot "$ROOT" setpriv --reuid="$RUN_UID" --regid="$RUN_GID" --clear-groups --no-new-privs \\
    --bounding-set="$CAPS" --inh-caps=-all env --chdir="$WORKDIR" "$@"`

export type Container = {
  readonly words: readonly string[]
  /** Default: those of the image. */
  readonly uid?: number
  readonly gid?: number
  /** The capabilities of user ID 0, as `+net_bind_service`. */
  readonly capabilities?: string
  /** Folders of this machine, and their paths in the container. Neither may contain a space or a colon. */
  readonly binds?: readonly { readonly from: string; readonly to: string }[]
}

/** Starts a container of the image in the network of the caller. Requires root. */
export async function startContainer(image: Image, { words, uid, gid, capabilities, binds = [] }: Container) {
  const environment = {
    ROOT: await emptyRoot(image),
    FILES: image.files,
    NODE: process.execPath,
    WORKDIR: image.workdir,
    RUN_UID: `${uid ?? image.uid}`,
    RUN_GID: `${gid ?? image.gid}`,
    CAPS: capabilities === undefined ? '-all' : `-all,${capabilities}`,
    BINDS: binds.map(({ from, to }) => `${from}:${to}`).join(' '),
  }
  return unshare(RUN, words, environment)
}

async function emptyRoot({ files }: Image): Promise<string> {
  const root = `${files}.root`
  await mkdir(root, { recursive: true })
  return root
}

/** The script execs the command, so that signals to the child reach it. */
function unshare(script: string, words: readonly string[], variables: Readonly<Record<string, string>>) {
  const command = ['--mount', '--', 'sh', '-ec', script, 'sh', ...words]
  return spawn('unshare', command, { env: { ...process.env, ...variables }, stdio: ['ignore', 'pipe', 'pipe'] })
}
