/** Formats counts, durations, ages and names for people. Pure. */
import { RESOURCE_PREFIX } from '@l7mesh/proxy-client'

/** `1 proxy`, `2 proxies`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

/** `14 ms`, `1.2 s`, `3 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`
  return `${Math.round(milliseconds / 60_000)} min`
}

/** The name of an object of l7mesh without the common prefix: `dns/virtualservices/kube-dns@1a2b3c4d5e`. */
export function short(text: string): string {
  return text.replaceAll(RESOURCE_PREFIX, '')
}

/** Wraps text between words; a word that is longer than a line, such as a path, is not broken. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/).filter(part => part !== '')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length + 3 <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** An age in the style of kubectl: `45s`, `12m`, `3h`, `9d`. */
export function ago(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return '?'
  const seconds = Math.floor(milliseconds / 1000)
  if (seconds < 120) return `${seconds}s`
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`
  return seconds < 48 * 3600 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`
}
