import { readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it, vi } from 'vitest'
import { startFakeProxy } from '../src/testing/index.ts'

const script = fileURLToPath(new URL('./readme-example.gen.ts', import.meta.url))
afterAll(() => rm(script, { force: true }))

it('runs the example of the README', async () => {
  const server = await startFakeProxy()
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? ''
  const adapted = example
    .replace('@l7mesh/proxy-client', '../src/index.ts')
    .replace('http://127.0.0.1:1234', server.origin)
  await writeFile(script, adapted)
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  await import(script)
  expect(print).toHaveBeenCalledWith([{ name: 'dns-1', spec: { address: '10.0.0.53' }, weight: 1 }])
  expect(server.proxy.listening(5353)).toBe(false)
  expect(server.proxy.store.listeners.has('front')).toBe(true)
  print.mockRestore()
  await server.stop()
})
