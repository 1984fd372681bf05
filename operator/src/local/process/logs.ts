/** Writes the output of containers to a callback, and to one file per container in the folder of the run. */
import { once } from 'node:events'
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Stream } from './process-group.ts'

export type LogLine = {
  /** `NAMESPACE/NAME`. */
  readonly pod: string
  readonly container: string
  readonly stream: Stream
  readonly line: string
}

export type Logs = {
  write(line: LogLine): void
  /** The log file of a container, which exists once it has printed something. */
  file(pod: string, container: string): string
  close(): Promise<void>
}

export function openLogs(folder: string, onLine: (line: LogLine) => void): Logs {
  mkdirSync(folder, { recursive: true })
  const streams = new Map<string, WriteStream>()
  const file = (pod: string, container: string) => join(folder, `${pod.replace('/', '_')}_${container}.log`)
  const streamTo = (path: string) => {
    const known = streams.get(path)
    if (known !== undefined) return known
    const stream = createWriteStream(path, { flags: 'a' })
    // A full disk must not stop the mesh; the callback still gets the line.
    stream.on('error', () => {})
    streams.set(path, stream)
    return stream
  }
  return {
    file,
    write(line) {
      streamTo(file(line.pod, line.container)).write(`${line.line}\n`)
      onLine(line)
    },
    async close() {
      const closed = [...streams.values()].map(async stream => {
        stream.end()
        if (!stream.closed) await once(stream, 'close').catch(() => {})
      })
      await Promise.all(closed)
    },
  }
}
