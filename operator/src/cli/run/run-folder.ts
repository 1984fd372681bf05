/** `l7mesh run --source DIR`. */
import { runFolderApp } from '../../app/folder-app.ts'
import { changeText } from '../../report/live/changes.ts'
import { followReports } from '../../report/live/follow.ts'
import { openJournal } from '../../report/log/journal.ts'
import { openLog } from '../../report/log/log.ts'
import type { RunSettings } from '../../settings/settings-table.ts'
import { checkFolder, readOnce } from '../folder/observe-folder.ts'
import { statusWriter } from '../options/status-dir.ts'
import { credentialsOf } from '../options/token.ts'
import { translator } from '../options/translation.ts'
import { untilStopped } from '../process/ending.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { World } from '../process/process-io.ts'
import type { RunOptions } from './run-options.ts'

export async function runOnFolder(
  folder: string,
  options: RunOptions,
  settings: RunSettings,
  world: World,
): Promise<ExitCode> {
  const credentials = await credentialsOf(settings, world.now)
  await checkFolder(folder)
  await readOnce(folder)
  const log = openLog(world, settings.log)
  const status = await statusWriter(options.statusDir, folder, log)
  const onStop = () => log({ level: 'info', text: 'ending; the proxies keep what they hold', fields: {} })
  const ending = untilStopped(world, onStop, () => world.quit(130))
  const journal = openJournal(log)
  const follower = followReports({
    folder,
    everyMs: 100,
    onChange: change =>
      log({
        level: 'info',
        text: changeText(change),
        fields: { took: Math.round(change.took), proxies: change.proxies },
      }),
    onOverview: (overview, report) => {
      journal.take(overview)
      status.write(report)
    },
  })
  log({ level: 'info', text: `running ${folder}`, fields: { folder } })
  await runFolderApp(
    {
      folder,
      translate: translator(settings),
      connect: proxy => world.connect(proxy, credentials && { credentials }),
      lookup: world.lookup,
      audit: settings.auditInterval,
      health: settings.healthAddress === 'off' ? undefined : settings.healthAddress,
      onReport: report => follower.take(report),
    },
    options.once ? AbortSignal.any([ending.signal, journal.tried]) : ending.signal,
  )
  follower.flush()
  await status.close('keep')
  ending.close()
  return options.once && !journal.isGood() ? 1 : 0
}
