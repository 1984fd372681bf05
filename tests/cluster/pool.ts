/**
 * Vitest's workers for tests of clusters: each test file runs in a process with network and mount namespaces of its own,
 * so that a test reaches all nodes and pods, and several can run side by side.
 */
import { fileURLToPath } from 'node:url'
import { ForksPoolWorker, type PoolOptions } from 'vitest/node'

const WRAPPER = fileURLToPath(new URL('./in-namespaces.sh', import.meta.url))

class NamespacesPoolWorker extends ForksPoolWorker {
  override readonly name = 'namespaces'

  constructor(options: PoolOptions) {
    super({ ...options, env: { ...options.env, L7MESH_NODE: process.execPath } })
  }

  /** A fork is a start of `process.execPath`, which is all that can be replaced of it. */
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
