/** Parses a Dockerfile, limited to the instructions used in this repository; any other is an error. */

export type Instruction =
  | { readonly type: 'COPY'; readonly from?: string; readonly sources: readonly string[]; readonly to: string }
  | { readonly type: 'RUN'; readonly words: readonly string[] }
  | { readonly type: 'WORKDIR'; readonly path: string }
  | { readonly type: 'USER'; readonly uid: number; readonly gid: number }
  | { readonly type: 'ENTRYPOINT' | 'CMD'; readonly words: readonly string[] }
  | { readonly type: 'EXPOSE'; readonly port: number }

export type Stage = { readonly name: string; readonly base: string; readonly instructions: readonly Instruction[] }

export function readDockerfile(text: string): readonly Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = []
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [word = '', ...rest] = line.split(/\s+/)
    if (word === 'FROM')
      stages.push({ base: rest[0] ?? '', name: rest[1] === 'AS' ? (rest[2] ?? '') : '', instructions: [] })
    else stages.at(-1)?.instructions.push(readInstruction(word, rest))
  }
  return stages
}

function readInstruction(type: string, rest: readonly string[]): Instruction {
  switch (type) {
    case 'COPY':
      return readCopy(rest)
    case 'RUN':
    case 'ENTRYPOINT':
    case 'CMD':
      // Only the exec form.
      return { type, words: JSON.parse(rest.join(' ')) }
    case 'WORKDIR':
      return { type, path: rest[0] ?? '' }
    case 'EXPOSE':
      return { type, port: Number(rest[0]) }
    case 'USER': {
      const [uid, gid] = (rest[0] ?? '').split(':').map(Number)
      if (!uid || !gid)
        throw new Error(`USER must be UID:GID, so that a cluster can verify that it is not root: ${rest[0]}`)
      return { type, uid, gid }
    }
    default:
      throw new Error(`unsupported Dockerfile instruction ${type}`)
  }
}

function readCopy(rest: readonly string[]): Instruction {
  const from = rest[0]?.startsWith('--from=') ? rest[0].slice('--from='.length) : undefined
  const paths = from === undefined ? rest : rest.slice(1)
  return { type: 'COPY', ...(from !== undefined && { from }), sources: paths.slice(0, -1), to: paths.at(-1) ?? '' }
}
