/**
 * The secrets of one cluster, created with openssl: a certificate authority, the certificate of the API server, the key
 * that signs service-account tokens, and the token of the administrator.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export type Certificates = {
  readonly authority: string
  readonly certificate: string
  readonly key: string
  readonly serviceAccountKey: string
  /** The static token file of the API server. */
  readonly tokens: string
  readonly adminToken: string
}

const run = promisify(execFile)
const DAYS = '30'
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** Creates them as files of the folder. `addresses`: all addresses of the API server. */
export async function makeCertificates(folder: string, addresses: readonly string[]): Promise<Certificates> {
  const file = (name: string) => join(folder, name)
  const openssl = (...args: readonly string[]) => run('openssl', args)
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc']
  const covered = [...names.map(name => `DNS:${name}`), ...addresses.map(address => `IP:${address}`)].join(',')
  const [authority, authorityKey, certificate, key] = [file('ca.crt'), file('ca.key'), file('api.crt'), file('api.key')]
  const serviceAccountKey = file('service-accounts.key')
  const signing = openssl('genrsa', '-out', serviceAccountKey, '2048')
  await openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    '-keyout',
    authorityKey,
    '-out',
    authority,
    '-days',
    DAYS,
    '-subj',
    '/CN=ca',
  )
  const signed = ['-CA', authority, '-CAkey', authorityKey]
  const subject = ['-subj', '/CN=kube-apiserver', '-addext', `subjectAltName=${covered}`]
  const use = ['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'extendedKeyUsage=serverAuth']
  await openssl(
    'req',
    '-x509',
    ...signed,
    ...NEW_KEY,
    '-keyout',
    key,
    '-out',
    certificate,
    '-days',
    DAYS,
    ...subject,
    ...use,
  )
  const adminToken = randomBytes(24).toString('hex')
  await writeFile(file('tokens.csv'), `${adminToken},admin,admin,"system:masters"\n`, { mode: 0o600 })
  await signing
  return { authority, certificate, key, serviceAccountKey, tokens: file('tokens.csv'), adminToken }
}
