/**
 * The Vitest worker pool for cluster tests: each test file runs in a process with private network and mount namespaces,
 * so that it reaches all nodes and pods, and several can run in parallel.
 */
import { fileURLToPath } from 'node:url'
import { ForksPoolWorker, type PoolOptions } from 'vitest/node'

const WRAPPER = fileURLToPath(new URL('./in-namespaces.sh', import.meta.url))

class NamespacesPoolWorker extends ForksPoolWorker {
  override readonly name = 'namespaces'

  constructor(options: PoolOptions) {
    super({ ...options, env: { ...options.env, L7MESH_NODE: process.execPath } })
  }

  /** Fork always starts `process.execPath`, so only that can be replaced. */
  override async start(): Promise<void> {
    const node = process.execPath
    process.execPath = WRAPPER
    try {
      return super.start()
    } finally {
      process.execPath = node
    }
  }
}

export const namespacesPool = {
  name: 'namespaces',
  createPoolWorker: (options: PoolOptions) => new NamespacesPoolWorker(options),
}
