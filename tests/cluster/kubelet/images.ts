/**
 * What an image stands for here, where no image can run: a folder, and a command for those that bring one of their own.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export type Image = {
  /** Where its containers start. */
  readonly folder: string
  /** The image's own command; a container's `command` takes its place. */
  readonly entrypoint: readonly string[]
  /** The user that the image says, where the manifest says none. */
  readonly user?: number
}

export type Images = {
  /** Folders whose subfolders are the images `l7mesh.local/NAME`; looked through in this order. */
  readonly folders: readonly string[]
  /** The folder with the operator's program: any image that is called `l7mesh`. Throws where it could not be built. */
  readonly operator: () => string
  /** The folder of the package `@l7mp/l7mp`: any image that is called `l7mp` or, if it is ours, `l7mp-proxy`. */
  readonly proxy: string
}

/** As our Dockerfiles say. */
const OUR_USER = 65_532

/** Throws where no folder stands for the image. */
export function imageOf(reference: string, images: Images): Image {
  const [, registry, name] = /^(?:(.*)\/)?([^/:@]+)(?:[:@].*)?$/.exec(reference) ?? []
  if (name === undefined) throw new Error(`'${reference}' is not the name of an image`)
  if (registry === 'l7mesh.local') return { folder: localFolder(name, images.folders), entrypoint: [] }
  if (name === 'l7mesh') return { folder: images.operator(), entrypoint: ['node', 'l7mesh.mjs'], user: OUR_USER }
  if (name === 'l7mp-proxy') return { folder: images.proxy, entrypoint: [], user: OUR_USER }
  if (name === 'l7mp') return { folder: images.proxy, entrypoint: [] }
  return { folder: '/', entrypoint: [] }
}

function localFolder(name: string, folders: readonly string[]): string {
  const found = folders.map(folder => join(folder, name)).find(existsSync)
  if (found !== undefined) return found
  throw new Error(`no folder ${name} in ${folders.join(', ') || 'any folder of images'}: say where with 'images'`)
}
