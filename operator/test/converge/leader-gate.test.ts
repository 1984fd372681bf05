import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ProxyClient } from '@l7mesh/proxy-client'
import { expect, it, onTestFinished } from 'vitest'
import { gatedTransport, type MayWrite } from '../../src/converge/leader-gate.ts'

const RULELIST = { name: 'a', rules: [] }

/** A proxy that only records requests, and a connection to it. */
async function gated(mayWrite: MayWrite) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`)
    request.resume().on('end', () => response.end(request.method === 'GET' ? '[]' : '{"status":200,"message":"OK"}'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const client = new ProxyClient({ origin, transport: gatedTransport({ origin }, mayWrite) })
  onTestFinished(async () => {
    await client.close()
    server.close()
  })
  return { calls: client, reads: client, asked }
}

it('sends all requests of the leader', async () => {
  const { calls, reads, asked } = await gated(() => true)
  await reads.rules.list()
  await calls.createRuleList(RULELIST)
  expect(asked).toEqual(['GET /api/v1/rules', 'POST /api/v1/rulelists'])
})

it('sends no write after another may lead', async () => {
  let leads = true
  const { calls, asked } = await gated(() => leads)
  await calls.createRuleList(RULELIST)
  leads = false
  await expect(calls.createRuleList(RULELIST)).rejects.toMatchObject({ code: 'aborted' })
  await expect(calls.deleteObject('rulelist', 'a')).rejects.toMatchObject({ code: 'aborted' })
  expect(asked).toHaveLength(1)
})

it('sends no write whose connection was established only after another may lead', async () => {
  let looks = 0
  const { calls, asked } = await gated(() => looks++ === 0)
  await expect(calls.createRuleList(RULELIST)).rejects.toMatchObject({ code: 'aborted' })
  expect(asked).toEqual([])
})
