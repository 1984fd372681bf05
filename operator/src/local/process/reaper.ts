/**
 * Ensures that no process outlives the run, even after `kill -9`. A small shell in its own session reads from a pipe
 * which process groups and folders exist. When the pipe closes, because the run has exited or was killed, it terminates
 * the remaining groups and removes the folders.
 *
 * A pipe is portable: parent death signals exist only on Linux and reach only the child itself.
 */
import { spawn } from 'node:child_process'

export type Reaper = {
  /** Registers a process group, to be terminated with the run. */
  addGroup(id: number): void
  removeGroup(id: number): void
  /** Registers a folder of the run, to be removed with it. */
  addFolder(path: string): void
  removeFolder(path: string): void
  /** Registers a folder that the run has created and that others may use too: it is removed if it is empty. */
  addEmptyFolder(path: string): void
  removeEmptyFolder(path: string): void
  /** Closes the pipe. */
  close(): void
}

/** Lists have one item per line; `grep -vxF` removes an item, whatever characters it contains. */
const SCRIPT = `
trap '' INT TERM HUP
groups= folders= empty=
without() { printf '%s' "$1" | grep -vxF -e "$2"; }
newline='
'
while IFS=' ' read -r verb item; do
  case $verb in
    +group) groups=$groups$item$newline ;;
    -group) groups=$(without "$groups" "$item")$newline ;;
    +folder) folders=$folders$item$newline ;;
    -folder) folders=$(without "$folders" "$item")$newline ;;
    +empty) empty=$item$newline$empty ;;
    -empty) empty=$(without "$empty" "$item")$newline ;;
  esac
done
each() { printf '%s' "$1" | while IFS= read -r item; do [ -z "$item" ] || "$2" "$item"; done; }
end() { kill -TERM "-$1"; }
kill_now() { kill -KILL "-$1"; }
remove() { rm -rf -- "$1"; }
each "$groups" end
[ -z "\${groups%$newline}" ] || sleep 1
each "$groups" kill_now
each "$folders" remove
each "$empty" rmdir
`

export function startReaper(): Reaper {
  const shell = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  shell.unref()
  // Without the shell, the run still cleans up, except after `kill -9`.
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  const send = (line: string) => void shell.stdin.write(`${line}\n`)
  return {
    addGroup: id => send(`+group ${id}`),
    removeGroup: id => send(`-group ${id}`),
    addFolder: path => send(`+folder ${path}`),
    removeFolder: path => send(`-folder ${path}`),
    addEmptyFolder: path => send(`+empty ${path}`),
    removeEmptyFolder: path => send(`-empty ${path}`),
    close: () => void shell.stdin.end(),
  }
}
