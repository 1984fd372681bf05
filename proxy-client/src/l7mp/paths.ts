/** Builds requests of the REST API. `path`: the segments after `/api/v1`, not encoded. */
import type { Json } from '../model.ts'
import { checkDepth } from './preflight.ts'
import type { Request } from './transport.ts'

export function get(path: readonly string[], query?: string): Request {
  return { method: 'GET', target: `${target(path)}?${query ? `${query}&` : ''}format=terse` }
}

export function post(path: readonly string[], sent: object): Request {
  // Objects of `model` are JSON apart from undefined fields.
  checkDepth(sent as Json)
  return { method: 'POST', target: target(path), body: JSON.stringify(sent) }
}

export function remove(path: readonly string[]): Request {
  return { method: 'DELETE', target: target(path) }
}

function target(path: readonly string[]): string {
  return `/api/v1/${path.map(encodeURIComponent).join('/')}`
}
