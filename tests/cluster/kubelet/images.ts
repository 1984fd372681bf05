/** Resolves images, which cannot run here, to a folder, and to a command if the image has one. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export type Image = {
  /** The working directory of its containers. */
  readonly folder: string
  /** The command of the image, which a container's `command` overrides. */
  readonly entrypoint: readonly string[]
  /** The user of the image, unless the manifest sets one. */
  readonly user?: number
}

export type Images = {
  /** Folders whose subfolders are the images `l7mesh.local/NAME`, searched in this order. */
  readonly folders: readonly string[]
  /** The folder with the operator's program, for images called `l7mesh`. Throws if it could not be built. */
  readonly operator: () => string
  /**
   * The folder of the package `@l7mp/l7mp`, for images called `l7mp` or, if it is that of this repository,
   * `l7mp-proxy`.
   */
  readonly proxy: string
}

/** As in the Dockerfiles of this repository. */
const OUR_USER = 65_532

/** Throws if no folder corresponds to the image. */
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
