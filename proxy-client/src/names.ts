/**
 * Names. The proxy has no call that updates, so an object that cannot be changed in place carries the hash of its
 * content in its name; a change is then a new object beside the old one. The prefix says what is ours.
 */
import type { Json } from './model.ts'

/** Every object that l7mesh makes on a proxy has a name that starts so; no other object is ever touched. */
export const PREFIX = '/apis/l7mp.io/v1/'

/** The rulelist that holds the id of the filling of a proxy. Where it is missing, the proxy has started empty. */
export const MARKER = `${PREFIX}marker`

/** A rulelist of the proxy's static configuration: its process survives calls that would end an unguarded one. */
export const HARDENED = `${PREFIX}hardened`
