/** `l7mesh run`: keeps the proxies of a folder as the folder says, and logs what happens. */
import { Command } from 'commander'
import { runApp } from '../app.ts'
import { changeText } from './changes.ts'
import type { Cli } from './command.ts'
import { untilStopped } from './ending.ts'
import { CommandError, type ExitCode } from './exit.ts'
import { checkFolder, readOnce } from './folder.ts'
import { follow } from './follow.ts'
import { happenings, told } from './happenings.ts'
import { openLog } from './log.ts'
import { isGood, type Overview } from './overview.ts'
import { addSettings, settingsOf } from './settings.ts'
import { statusWriter } from './status-dir.ts'
import { translator } from './translation.ts'
import type { World } from './world.ts'

type RunOptions = {
  readonly statusDir?: string
  readonly once?: boolean
}

export function runCommand({ world, exit }: Cli): Command {
  const command = new Command('run')
    .summary('Keep the proxies of a folder as it says.')
    .description(
      'Keep the proxies of a folder of manifests as it says, until SIGTERM or Ctrl-C. The proxies run elsewhere: ' +
        'their Pods are in the folder too, with a status that gives their addresses.',
    )
    .option('--once', 'end when every proxy has been tried; exit code 0: all is in force; 1: something is not')
    .option('--status-dir <dir>', 'write status as files: KIND/NAMESPACE/NAME.yaml')
  return addSettings(command).action(async (options: RunOptions) => exit(await run(options, world)))
}

async function run(options: RunOptions, world: World): Promise<ExitCode> {
  const settings = await settingsOf(options, world)
  const { source: folder } = settings
  if (folder === undefined)
    throw new CommandError('there is no source', { help: 'Say where resources come from: --source DIR.' })
  await checkFolder(folder)
  await readOnce(folder)
  const log = openLog(world, settings.log)
  const status = await statusWriter(options.statusDir, folder, log)
  const onStop = () => log({ level: 'info', text: 'ending; the proxies keep what they hold', fields: {} })
  const ending = untilStopped(world, onStop, () => world.quit(130))
  const tried = new AbortController()
  let before: Overview | undefined
  let latest: Overview | undefined
  const follower = follow({
    folder,
    everyMs: 100,
    onChange: change =>
      log({
        level: 'info',
        text: changeText(change),
        fields: { took: Math.round(change.took), proxies: change.proxies },
      }),
    onOverview: (overview, report) => {
      for (const happening of happenings(before, overview)) log(happening)
      before = told(before, overview)
      latest = overview
      status.write(report)
      if (options.once && isTried(overview)) tried.abort()
    },
  })
  log({ level: 'info', text: `running ${folder}`, fields: { folder } })
  await runApp(
    { folder, translate: translator(settings), connect: world.connect, onReport: report => follower.take(report) },
    AbortSignal.any([ending.signal, tried.signal]),
  )
  follower.flush()
  await status.close('keep')
  ending.close()
  return options.once && !(latest && isGood(latest)) ? 1 : 0
}

function isTried({ proxies }: Overview): boolean {
  return proxies.every(({ phase }) => phase !== 'unknown' && phase !== 'converging')
}
