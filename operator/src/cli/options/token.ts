/** The bearer token for the REST API of proxies, where a file has it. */
import { readFile } from 'node:fs/promises'
import type { RunSettings } from '../../settings/settings-table.ts'
import { messageOf, UserError } from '../../user-error.ts'

/** undefined: as the environment says. */
export async function tokenOf({ tokenFile }: RunSettings): Promise<string | undefined> {
  if (tokenFile === undefined) return undefined
  const token = (await textOf(tokenFile)).trim()
  if (/^[!-~]+$/.test(token)) return token
  throw new UserError(`${tokenFile} holds no token`, { help: 'Write visible ASCII characters, on one line.' })
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new UserError(`cannot read ${file}: ${messageOf(cause)}`, { help: 'Give another --token-file.', cause })
  }
}
