/**
 * Sees to it that nothing outlives the run, not even a `kill -9` of it. A small shell stands beside the run in a
 * session of its own and reads from a pipe which process groups and folders there are. When the pipe closes, because
 * the run has ended or was killed, it ends the groups that are left and removes the folders.
 *
 * A pipe is what every system has: parent death signals exist on Linux only and reach the child alone.
 */
import { spawn } from 'node:child_process'

export type Reaper = {
  /** A process group to end with the run. */
  addGroup(id: number): void
  removeGroup(id: number): void
  /** A folder that the run has made, to remove with it. */
  addFolder(path: string): void
  removeFolder(path: string): void
  /** A folder that the run has made and others may use too: to remove if it is empty then. */
  addEmptyFolder(path: string): void
  removeEmptyFolder(path: string): void
  /** Tells the shell that nothing more will come. */
  close(): void
}

/** The lists hold one item a line; `grep -vxF` takes one out, whatever characters it has. */
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
  // Without the shell the run still cleans up in every end but a kill -9.
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  const say = (line: string) => void shell.stdin.write(`${line}\n`)
  return {
    addGroup: id => say(`+group ${id}`),
    removeGroup: id => say(`-group ${id}`),
    addFolder: path => say(`+folder ${path}`),
    removeFolder: path => say(`-folder ${path}`),
    addEmptyFolder: path => say(`+empty ${path}`),
    removeEmptyFolder: path => say(`-empty ${path}`),
    close: () => void shell.stdin.end(),
  }
}
