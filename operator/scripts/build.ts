/**
 * `npm run build`: makes `dist/l7mesh.mjs`, one file that runs on a plain Node.js from 22 on, with no packages beside it.
 *
 *     node operator/scripts/build.ts [FILE]
 */
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const place = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Says so where Node.js is too old; packages that were written for CommonJS ask for Node's own modules by `require`. */
const BANNER = `import { createRequire as l7meshRequire } from 'node:module'
if (parseInt(process.versions.node) < 22) {
  process.stderr.write('l7mesh needs Node.js 22 or newer, and this is ' + process.version + '\\n')
  process.exit(2)
}
const require = l7meshRequire(import.meta.url)`

export async function bundle(file: string): Promise<void> {
  const names = (await readdir(place('../src/local'))).filter(name => name.endsWith('.cjs'))
  const texts = names.map(async name => [name, await readFile(place(`../src/local/${name}`), 'utf8')] as const)
  const preloads = Object.fromEntries(await Promise.all(texts))
  await build({
    entryPoints: [place('../src/main.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    legalComments: 'none',
    logLevel: 'warning',
    banner: { js: BANNER },
    plugins: [kubeConfigAlone],
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
