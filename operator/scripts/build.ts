/**
 * `npm run build`: creates `dist/l7mesh.mjs`, a single file that runs on a plain Node.js without packages.
 *
 *     node operator/scripts/build.ts [FILE]
 */
import { readdir, readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * The first code of the bundle. Node's built-in modules are loaded by `require`, because an export missing in an older
 * Node.js would fail an `import` before any of this runs.
 */
const banner = (oldest: readonly number[]) => `import { createRequire as l7meshRequire } from 'node:module'
{
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < ${oldest[0]} || (major === ${oldest[0]} && minor < ${oldest[1]})) {
    process.stderr.write('l7mesh needs Node.js ${oldest.slice(0, 2).join('.')} or newer; this is ' + process.versions.node + '\\n')
    process.exit(2)
  }
}
const require = l7meshRequire(import.meta.url)`

/** The oldest Node.js that the package supports. */
async function oldestNode(): Promise<readonly number[]> {
  const { engines } = JSON.parse(await readFile(pathOf('../package.json'), 'utf8'))
  return String(engines.node).replace(/^>=/, '').split('.').map(Number)
}

const nodeModules: Plugin = {
  name: 'node-modules-by-require',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      isBuiltin(path) && kind !== 'require-call' ? { path, namespace: 'node-module' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'node-module' }, ({ path }) => ({
      contents: `module.exports = require('${path}')`,
    }))
  },
}

export async function bundle(file: string): Promise<void> {
  const names = (await readdir(pathOf('../src/local/preload'))).filter(name => name.endsWith('.cjs'))
  const texts = names.map(async name => [name, await readFile(pathOf(`../src/local/preload/${name}`), 'utf8')] as const)
  const preloads = Object.fromEntries(await Promise.all(texts))
  await build({
    entryPoints: [pathOf('../src/main.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // The syntax supported by the oldest Node.js that prints the version message.
    target: 'node18',
    legalComments: 'none',
    logLevel: 'warning',
    banner: { js: banner(await oldestNode()) },
    plugins: [kubeConfigAlone, nodeModules],
    define: { L7MESH_PRELOADS: JSON.stringify(preloads) },
  })
}

/**
 * Only KubeConfig of @kubernetes/client-node is used, which needs only two of the generated classes; the others are a
 * third of the bundle and much memory. The build fails if a later version needs more.
 */
const kubeConfigAlone: Plugin = {
  name: 'kube-config-alone',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^@kubernetes\/client-node$/ }, ({ path, ...from }) => resolve(`${path}/dist/config.js`, from))
    onResolve({ filter: /^\.\/gen\/index\.js$/ }, ({ resolveDir }) => ({
      path: `${resolveDir}/gen`,
      namespace: 'two-classes',
    }))
    onLoad({ filter: /.*/, namespace: 'two-classes' }, ({ path: resolveDir }) => ({
      contents: TWO_CLASSES,
      resolveDir,
    }))
  },
}
const TWO_CLASSES = `
  export { createConfiguration } from './configuration.js'
  export { ServerConfiguration } from './servers.js'
`

if (import.meta.main) await bundle(process.argv[2] ?? pathOf('../dist/l7mesh.mjs'))
