/** Folders of manifests for tests, deleted at the end of the test. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'l7mesh-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

/** A ready pod with a proxy, whose REST API is on that port of the loopback address. */
export const proxyPod = (port: number, name = 'ingress') => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: mesh
  labels:
    app: ingress
spec:
  containers:
    - name: l7mp
      ports:
        - name: controller
          containerPort: ${port}
status:
  phase: Running
  podIP: 127.0.0.1
  conditions:
    - type: ContainersReady
      status: 'True'
    - type: Ready
      status: 'True'
`

/** A VirtualService that echoes on that port of the proxies. */
export const echo = (port: number, name = 'echo') => `apiVersion: l7mp.io/v1
kind: VirtualService
metadata:
  name: ${name}
  namespace: mesh
spec:
  selector:
    matchLabels:
      app: ingress
  listener:
    spec:
      UDP:
        port: ${port}
    rules:
      - action:
          route:
            destination:
              spec:
                Echo: {}
`
