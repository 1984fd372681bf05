/** Manifests of a cluster other than resources and proxies. */

/** An operator as created by the chart, ten minutes old. */
export const operatorPod = (...args: readonly string[]) => `
kind: Pod
metadata:
  name: operator-1
  namespace: l7mp
  creationTimestamp: '${new Date(Date.now() - 600_000).toISOString()}'
  labels: { app.kubernetes.io/name: l7mp-operator }
spec:
  nodeName: node-1
  containers:
    - { name: operator, args: ${JSON.stringify(['run', '--source=kubernetes', ...args])} }
status:
  phase: Running
  podIP: 10.0.0.9
  conditions: [{ type: Ready, status: 'True' }]
  containerStatuses: [{ restartCount: 3 }]
`

/** The status of a resource that one proxy holds. */
export const inForce = (generation = 1) => `
status:
  observedGeneration: ${generation}
  proxies: { selected: 1, programmed: 1 }
  endpoints: { ready: 0, total: 0, summary: '-' }
  conditions:
    - { type: Accepted, status: 'True', reason: Accepted, message: '' }
    - { type: ResolvedRefs, status: 'True', reason: ResolvedRefs, message: '' }
    - { type: Programmed, status: 'True', reason: Programmed, message: programmed on 1 of 1 proxies }
    - { type: EndpointsReady, status: 'True', reason: EndpointsReady, message: no destination needs endpoints }
`
