import { describe, expect, it } from 'vitest'
import { execute } from '../src/apply/execute.ts'
import type { Outcome } from '../src/apply/outcome.ts'
import type { Probe } from '../src/apply/probe.ts'
import { ProxyError, type ProxyErrorCode } from '../src/errors.ts'
import { EMPTY_CONFIG, type Session } from '../src/model.ts'
import { orphanFlag, RESOURCE_PREFIX } from '../src/names.ts'
import type { Call } from '../src/plan/call.ts'
import { type Service, withService } from './arbitrary.ts'
import { planFor, scripted } from './scripted.ts'

const dns: Service = {
  name: 'dns',
  listener: { protocol: 'UDP', port: 5053 },
  track: 0,
  clusters: [{ spec: { protocol: 'UDP', port: 53 }, addresses: ['10.0.0.1'] }],
  order: [],
}
const web: Service = { ...dns, name: 'web', listener: { protocol: 'TCP', port: 8080 } }
const closedThenOpen = (): Probe => {
  let asked = 0
  return async () => (asked++ === 0 ? 'closed' : 'listening')
}
const unknown: Probe = async () => 'unknown'

describe('execute', () => {
  it('makes every call of a plan in order', async () => {
    const desired = withService(EMPTY_CONFIG, dns)
    const proxy = scripted({})
    const { outcomes, stopped } = await execute(planFor(EMPTY_CONFIG, desired), { calls: proxy.calls, probe: unknown })
    expect(summary(outcomes)).toEqual([
      'done create cluster',
      'done create endpoint',
      'done create route',
      'done create rule',
      'done create rulelist',
      'done create listener',
    ])
    expect(stopped).toBeUndefined()
    expect(proxy.config()).toEqual(desired)
  })

  it('skips only the steps that depend on a rejected object', async () => {
    const desired = withService(withService(EMPTY_CONFIG, dns), web)
    const proxy = scripted({
      before: refuse(
        'invalid',
        call => call.op === 'create' && call.kind === 'route' && call.object.name.includes('/dns/'),
      ),
    })
    const { outcomes } = await execute(planFor(EMPTY_CONFIG, desired), { calls: proxy.calls, probe: closedThenOpen() })
    expect(summary(outcomes, '/dns')).toEqual([
      'done create cluster',
      'done create endpoint',
      'failed create route',
      'skipped create rule',
      'skipped create rulelist',
      'skipped create listener',
    ])
    expect(summary(outcomes, '/web').every(line => line.startsWith('done'))).toBe(true)
  })

  const ending: readonly ProxyErrorCode[] = ['unreachable', 'reset', 'timeout', 'aborted', 'locked-out']
  it.each(ending)('makes no further call after %s', async code => {
    const proxy = scripted({ before: refuse(code, (_call, n) => n === 2) })
    const { outcomes, stopped } = await execute(planFor(EMPTY_CONFIG, withService(EMPTY_CONFIG, dns)), {
      calls: proxy.calls,
      probe: unknown,
    })
    expect(stopped?.code).toBe(code)
    expect(proxy.made).toHaveLength(2)
    expect(summary(outcomes).slice(2)).toEqual([
      'failed create route',
      'failed create rule',
      'failed create rulelist',
      'skipped create listener',
    ])
  })

  it('continues if an object already exists, and reports a surprise', async () => {
    const proxy = scripted({
      before: refuse('already-defined', call => call.op === 'create' && call.kind === 'cluster'),
    })
    const { outcomes } = await execute(
      planFor(
        EMPTY_CONFIG,
        withService(EMPTY_CONFIG, { ...dns, clusters: [{ spec: { protocol: 'Echo' }, addresses: [] }] }),
      ),
      {
        calls: proxy.calls,
        probe: unknown,
      },
    )
    expect(summary(outcomes).slice(0, 2)).toEqual(['surprise create cluster', 'done create route'])
  })

  it('does not create a listener on a TCP port in use', async () => {
    const proxy = scripted({})
    const { outcomes } = await execute(planFor(EMPTY_CONFIG, withService(EMPTY_CONFIG, web)), {
      calls: proxy.calls,
      probe: async () => 'listening',
    })
    expect(outcomes.at(-1)).toMatchObject({ state: 'failed', error: { code: 'address-in-use' } })
    expect(proxy.config().listeners.size).toBe(0)
  })

  it('does not create a listener if there is an obstacle', async () => {
    const proxy = scripted({})
    const { outcomes } = await execute(planFor(EMPTY_CONFIG, withService(EMPTY_CONFIG, dns)), {
      calls: proxy.calls,
      probe: unknown,
      obstacle: async spec => (spec.protocol === 'UDP' ? 'it is taken' : undefined),
    })
    expect(outcomes.at(-1)).toMatchObject({ error: { code: 'address-in-use', message: 'it is taken' } })
    expect(proxy.config().listeners.size).toBe(0)
  })

  it('deletes a listener that the proxy accepted but does not listen on', async () => {
    const proxy = scripted({})
    const { outcomes } = await execute(planFor(EMPTY_CONFIG, withService(EMPTY_CONFIG, web)), {
      calls: proxy.calls,
      probe: async () => 'closed',
    })
    expect(outcomes.at(-1)).toMatchObject({ state: 'failed', error: { code: 'address-in-use' } })
    expect(proxy.config().listeners.size).toBe(0)
  })

  it('ends the sessions of a deleted listener with removeOrphanSessions, and no others', async () => {
    const base = `${RESOURCE_PREFIX}default/virtualservices/dns`
    const served = withService(withService(EMPTY_CONFIG, dns), web)
    const flag = { name: orphanFlag(base), rules: [] }
    const live = { ...served, rulelists: new Map([...served.rulelists, [flag.name, flag]]) }
    const names = [...live.listeners.keys()]
    const sessions = names.map(
      (listener, i): Session => ({
        name: `s${i}`,
        metadata: {},
        listener,
        cluster: undefined,
        endpoint: undefined,
        address: undefined,
        status: 'CONNECTED',
      }),
    )
    const proxy = scripted({ config: live, sessions })
    await execute(planFor(live, withService(EMPTY_CONFIG, web)), { calls: proxy.calls, probe: unknown })
    expect(proxy.endedSessions).toEqual(['s0'])
    expect(proxy.config()).toEqual(withService(EMPTY_CONFIG, web))
  })
})

function refuse(code: ProxyErrorCode, when: (call: Call, n: number) => boolean): (call: Call, n: number) => void {
  return (call, n) => {
    if (when(call, n)) throw new ProxyError(code, `not this one: ${code}`)
  }
}

function summary(outcomes: readonly Outcome[], of = ''): readonly string[] {
  return outcomes
    .filter(({ step }) => JSON.stringify(step.call).includes(of))
    .map(({ state, step: { call } }) => `${state} ${call.op}${'kind' in call ? ` ${call.kind}` : ''}`)
}
