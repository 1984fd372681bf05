/** The one place where typed objects of a proxy are looked at as plain JSON. */
import type { Json } from '@l7mesh/proxy-client'

/** `value` must be made of JSON values alone, as all objects of the model are. */
export function asJson(value: object): Json {
  // The types of the model cannot say that they have no other members than they declare.
  return value as Json
}
