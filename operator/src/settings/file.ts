/** The file given by `--config`: settings by key, in YAML. */
import { readFile } from 'node:fs/promises'
import { isRecord } from '@l7mesh/crds'
import { parseDocument } from 'yaml'
import { messageOf, UserError } from '../user-error.ts'
import type { SettingsFile } from './resolve.ts'

/** Rejects with a UserError. */
export async function readSettingsFile(name: string): Promise<SettingsFile> {
  const document = parseDocument(await textOf(name))
  const [error] = document.errors
  if (error) throw new UserError(`${name}: ${firstLine(error.message)}`, { help: 'Write valid YAML.', cause: error })
  const values: unknown = document.toJS() ?? {}
  if (!isRecord(values))
    throw new UserError(`${name}: not a mapping of settings`, { help: 'Write one setting per line, like log: json.' })
  return { name, values }
}

async function textOf(name: string): Promise<string> {
  try {
    return await readFile(name, 'utf8')
  } catch (cause) {
    const why = messageOf(cause)
    throw new UserError(`cannot read ${name}: ${why}`, { help: 'Give another --config.', cause })
  }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? ''
}
