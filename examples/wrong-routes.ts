/**
 * Edits of the manifests that each lead sessions the wrong way. With any one of them made, the check of the example must
 * fail: a check that passes does not test the route.
 */

export type WrongRoute = {
  readonly example: string
  readonly file: string
  /** What stands in the file, and what to put in its place. */
  readonly right: string
  readonly wrong: string
}

type Rows = readonly (readonly [file: string, right: string, wrong: string])[]

const ROWS = {
  'kube-dns': [
    ['virtualservice.yaml', 'app: dns', 'app: nobody'],
    ['virtualservice.yaml', 'policy: ConsistentHash', 'policy: Trivial'],
    ['virtualservice.yaml', 'port: 5053', 'port: 5056'],
  ],
  'dns-with-retries': [
    ['virtualservice.yaml', 'retry_on: always', 'retry_on: never'],
    ['virtualservice.yaml', '      key: /IP/src_addr\n', ''],
    ['virtualservice.yaml', 'op: cidr', 'op: defined'],
  ],
  'udp-over-websocket': [
    ['game.yaml', '            ingress:\n              - clusterRef: transcoders\n', ''],
    ['game.yaml', 'key: /UDP/src_port', 'key: /IP/src_addr'],
    ['game-hashed.yaml', 'destinationRef: workers', 'destinationRef: hashed-transcoders'],
    ['transcoder.yaml', 'port: 8888', 'port: 8889'],
  ],
  'media-plane': [
    ['worker.yaml', 'query: /JSONSocket/labels/call', 'query: /JSONSocket/JSONSocketVersion'],
    ['gateway.yaml', 'to: /labels', 'to: /tags'],
    ['users.yaml', 'call: monday-meeting', 'call: tuesday-meeting'],
  ],
  'http-routing': [
    ['blue.yaml', 'position: 0', 'position: 9'],
    ['blue.yaml', 'version: blue', 'version: stable'],
    ['blue.yaml', '        - { op: test, path: /HTTP/headers/x-team, value: blue }\n', ''],
    ['web.yaml', '- path: /HTTP/headers/authorization', '- path: /HTTP/headers/other'],
    ['web.yaml', 'Prometheus', 'Echo'],
  ],
} satisfies Readonly<Record<string, Rows>>

export const WRONG_ROUTES: readonly WrongRoute[] = Object.entries<Rows>(ROWS).flatMap(([example, rows]) =>
  rows.map(([file, right, wrong]) => ({ example, file, right, wrong })),
)
