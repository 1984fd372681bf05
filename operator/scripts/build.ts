/**
 * `npm run build`: makes `dist/l7mesh.mjs`, one file that runs on a plain Node.js, with no packages beside it.
 *
 *     node operator/scripts/build.ts [FILE]
 */
import { readdir, readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const place = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * Stands before everything: Node's own modules are asked for by `require`, for what an older Node.js lacks of them would
 * end an `import` before any of this is run.
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

/** The oldest Node.js that the package promises to run on. */
async function oldestNode(): Promise<readonly number[]> {
  const { engines } = JSON.parse(await readFile(place('../package.json'), 'utf8'))
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
  const names = (await readdir(place('../src/local/preload'))).filter(name => name.endsWith('.cjs'))
  const texts = names.map(async name => [name, await readFile(place(`../src/local/preload/${name}`), 'utf8')] as const)
  const preloads = Object.fromEntries(await Promise.all(texts))
  await build({
    entryPoints: [place('../src/main.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // What the oldest that is told so can read.
    target: 'node18',
    legalComments: 'none',
    logLevel: 'warning',
    banner: { js: banner(await oldestNode()) },
    plugins: [kubeConfigAlone, nodeModules],
    define: { L7MESH_PRELOADS: JSON.stringify(preloads) },
  })
}

/**
 * Of @kubernetes/client-node only KubeConfig is used, and of the classes that it has for every kind of Kubernetes, a third
 * of the bundle and much memory, KubeConfig itself needs two. Should a later version need others, the build says so.
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

if (import.meta.main) await bundle(process.argv[2] ?? place('../dist/l7mesh.mjs'))
