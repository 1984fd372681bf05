/** Starts real l7mp proxies for tests, on ports chosen by the kernel, and terminates them by PID. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { proxyCommand, staticConfig } from '../../operator/src/local/pod/proxy-command.ts'

export type RealProxy = {
  readonly origin: string
  readonly port: number
  /** The number of its open file descriptors. */
  openFiles(): Promise<number>
  /** Its output so far. */
  output(): string
  /** Kills it, as in a crash. */
  kill(): Promise<void>
  /** Restarts it, empty, on the same port. */
  restart(): Promise<void>
  /** Terminates it and removes its files. */
  stop(): Promise<void>
}

const HARDEN = fileURLToPath(new URL('../../operator/src/local/preload/harden.cjs', import.meta.url))

/** `altered`: changes the arguments of `node`. */
export async function startRealProxy(
  altered: (args: readonly string[]) => readonly string[] = args => args,
): Promise<RealProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'l7mesh-proxy-'))
  const config = join(folder, 'config.json')
  const port = await freePort()
  await writeFile(config, JSON.stringify(staticConfig(port)))
  const { args, cwd } = proxyCommand({ config, harden: HARDEN })
  const origin = `http://127.0.0.1:${port}`
  let printed = ''
  let child: ChildProcess

  const start = async () => {
    child = spawn(process.execPath, [...altered(args)], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (printed += chunk))
    await answering(origin, () => child.exitCode !== null && `the proxy ended: ${printed}`)
  }
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  await start()
  return {
    origin,
    port,
    openFiles: async () => (await readdir(`/proc/${child.pid}/fd`)).length,
    output: () => printed,
    kill,
    restart: async () => {
      await kill()
      await start()
    },
    stop: async () => {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A port that was free a moment ago, over TCP and over UDP. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await freeTcpPort()
    if (await isFreeOverUdp(port)) return port
  }
}

async function isFreeOverUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  const bound = Promise.withResolvers<boolean>()
  socket.once('error', () => bound.resolve(false)).bind(port, () => bound.resolve(true))
  try {
    return await bound.promise
  } finally {
    socket.close()
  }
}

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function answering(origin: string, ended: () => string | false): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const why = ended()
    if (why) throw new Error(why)
    const answer = await fetch(`${origin}/api/v1/admin`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(50)
  }
  throw new Error(`no proxy responds at ${origin}`)
}
