/** An operator as it ships, in a process of its own: the bundle, with the settings that it has in a cluster. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../../operator/scripts/build.ts'
import { cpuOf, memoryOf } from './process-cost.ts'

/** Statuses are a part of what changes cost, and at the rate that is meant for a real API server they take a minute. */
const STATUS_RATE = 1000

/** As the chart runs it. Within the chart's memory limit of 512Mi, Node.js also limits the heap, to 268 MiB. */
const NODE_OPTIONS = ['--max-semi-space-size=2']
const ENVIRONMENT = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536', MALLOC_TRIM_THRESHOLD_: '131072' }

export class OperatorProcess {
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #pid: number
  #output = ''

  private constructor(child: ChildProcess, folder: string) {
    if (child.pid === undefined) throw new Error('the operator did not start')
    this.#child = child
    this.#folder = folder
    this.#pid = child.pid
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', chunk => (this.#output = `${this.#output}${chunk}`.slice(-5000)))
    process.once('exit', this.#kill)
  }

  static async start(kubeconfig: string): Promise<OperatorProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'l7mesh-scale-'))
    const [file, config] = [join(folder, 'l7mesh.mjs'), join(folder, 'config')]
    await bundle(file)
    await writeFile(config, kubeconfig)
    const settings = ['--source=kubernetes', `--kubeconfig=${config}`, '--leader-elect=false', '--log=json']
    const child = spawn(process.execPath, [...NODE_OPTIONS, file, 'run', ...settings, `--status-rate=${STATUS_RATE}`], {
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return new OperatorProcess(child, folder)
  }

  /** CPU time so far, in milliseconds. */
  cpu(): number {
    this.#check()
    return cpuOf(this.#pid)
  }

  /** In MiB. */
  memory(): ReturnType<typeof memoryOf> {
    this.#check()
    return memoryOf(this.#pid)
  }

  async stop(): Promise<void> {
    process.off('exit', this.#kill)
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit')
      this.#child.kill('SIGKILL')
      await exited
    }
    await rm(this.#folder, { recursive: true, force: true })
  }

  readonly #kill = () => void this.#child.kill('SIGKILL')

  #check(): void {
    const { exitCode, signalCode } = this.#child
    if (exitCode !== null || signalCode !== null)
      throw new Error(`the operator ended (${exitCode ?? signalCode}):\n${this.#output}`)
  }
}
