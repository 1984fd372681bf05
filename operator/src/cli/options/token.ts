/** The bearer token for the REST API of proxies, read from a file, which can be rotated while the operator runs. */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { ProxyCredentials } from '../../converge/connect.ts'
import type { RunSettings } from '../../settings/settings-table.ts'
import { messageOf, UserError } from '../../user-error.ts'

/**
 * The interval, in milliseconds, in which the file is read again. It is also read immediately when a proxy refuses the
 * token.
 */
const REREAD_EVERY = 10_000

/**
 * undefined: use the environment. If the file later becomes unreadable or empty, the last token remains in use; at
 * startup, that throws a UserError. `now`: in milliseconds.
 */
export async function credentialsOf(
  { tokenFile }: RunSettings,
  now: () => number,
): Promise<ProxyCredentials | undefined> {
  if (tokenFile === undefined) return undefined
  let token = tokenIn(await textOf(tokenFile))
  if (token === undefined)
    throw new UserError(`${tokenFile} holds no token`, { help: 'Write visible ASCII characters, on one line.' })
  let readAt = now()
  return (_proxy, refused) => {
    if (refused === token || now() - readAt >= REREAD_EVERY) {
      token = reread(tokenFile) ?? token
      readAt = now()
    }
    return token
  }
}

function reread(file: string): string | undefined {
  try {
    return tokenIn(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function tokenIn(text: string): string | undefined {
  const token = text.trim()
  return /^[!-~]+$/.test(token) ? token : undefined
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new UserError(`cannot read ${file}: ${messageOf(cause)}`, { help: 'Give another --token-file.', cause })
  }
}
