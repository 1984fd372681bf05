import { describe, expect, it } from 'vitest'
import { admit } from '../../../src/sources/validation/admit.ts'
import { target, validate } from '../folder/folder-fixture.ts'

const META = { name: 'x' }
const pod = (spec: unknown, more: object = {}) => ({ apiVersion: 'v1', kind: 'Pod', metadata: META, spec, ...more })
const slice = (fields: object) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: META,
  addressType: 'IPv4',
  ...fields,
})

describe('a document is refused', () => {
  it.each([
    ['text', 'text', 'not a Kubernetes object'],
    ['a number', 5, 'not a Kubernetes object'],
    ['no kind', { apiVersion: 'v1', metadata: META }, 'has no kind'],
    ['no apiVersion', { kind: 'Pod', metadata: META }, 'Pod has no apiVersion'],
    ['no name', { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'x-' } }, 'Pod has no metadata.name'],
    [
      'a number as name',
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 7 } },
      'that is not a string: 7 is a number',
    ],
    ['a path as name', target('../x'), 'Target has an invalid metadata.name "../x"'],
    ['a bad namespace', { ...target('x'), metadata: { name: 'x', namespace: 'A/b' } }, 'invalid metadata.namespace'],
    ['an old version', { ...target('x'), apiVersion: 'l7mp.io/v1alpha1' }, 'apiVersion l7mp.io/v1alpha1'],
    ['no version', { ...target('x'), apiVersion: 'l7mp.io' }, 'unknown apiVersion l7mp.io'],
    ['an unknown kind', target('x', {}, 'Listener'), 'l7mp.io/v1 has no kind Listener'],
  ])('%s', (_what, document, message) => {
    expect(admit(document, validate)).toMatchObject({ tag: 'refused', message: expect.stringContaining(message) })
  })

  it.each([
    ['VirtualServices', 'Did you mean VirtualService?'],
    ['virtualservice', 'Did you mean VirtualService?'],
    ['Ruel', 'Did you mean Rule?'],
    ['Deployment', 'The kinds of l7mp.io/v1 are VirtualService, Target, Rule, Route.'],
  ])('with a suggested kind: %s', (kind, help) => {
    expect(admit(target('x', {}, kind), validate)).toMatchObject({ help })
  })
})

describe('an object is admitted', () => {
  it('with its namespace, frozen', () => {
    const object = admit(target('x'), validate)
    expect(object).toMatchObject({ key: 'l7mp.io/Target/default/x', resource: 'Target/default/x', findings: [] })
    const printed = { ...target('x'), metadata: { name: 'x', namespace: null, creationTimestamp: null } }
    expect(admit(printed, validate)).toMatchObject({ manifest: { metadata: { name: 'x', namespace: 'default' } } })
    expect(object.tag === 'object' && Object.isFrozen(object.manifest.metadata)).toBe(true)
  })

  it('of any other group, with a separate key', () => {
    const foreign = { ...target('x', {}, 'VirtualService'), apiVersion: 'networking.istio.io/v1' }
    expect(admit(foreign, validate)).toMatchObject({
      key: 'networking.istio.io/VirtualService/default/x',
      resource: undefined,
      findings: [],
    })
  })

  it.each([
    ['a pod without containers', pod({}), 'spec.containers'],
    ['a container without a name', pod({ containers: [{}] }), 'spec.containers[0].name'],
    [
      'a label that is a number',
      pod({ containers: [{ name: 'a' }] }, { metadata: { ...META, labels: { v: 1 } } }),
      'metadata.labels.v',
    ],
    ['a slice of another type', slice({ addressType: 'Unix' }), 'addressType'],
    ['an endpoint without addresses', slice({ endpoints: [{}] }), 'endpoints[0].addresses'],
  ])('with findings: %s', (_what, document, path) => {
    expect(admit(document, validate)).toMatchObject({ findings: [{ path }] })
  })

  it('with null endpoints, as Kubernetes writes them', () => {
    expect(admit(slice({ endpoints: null }), validate)).toMatchObject({ manifest: { endpoints: [] }, findings: [] })
  })
})
