/** Environment variables of a process, by name. Pure. */
export type Variables = Readonly<Record<string, string>>
