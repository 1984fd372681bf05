/** `l7mesh run --source DIR`. */
import { runFolderApp } from '../../app/folder-app.ts'
import { changeText } from '../../report/live/changes.ts'
import { followReports } from '../../report/live/follow.ts'
import { openActivityLog } from '../../report/log/activity-log.ts'
import { openLog } from '../../report/log/log.ts'
import type { RunSettings } from '../../settings/settings-table.ts'
import { checkFolder, readOnce } from '../folder/observe-folder.ts'
import { statusWriter } from '../options/status-dir.ts'
import { credentialsOf } from '../options/token.ts'
import { translator } from '../options/translation.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { ProcessIO } from '../process/process-io.ts'
import { handleShutdown } from '../process/shutdown.ts'
import type { RunOptions } from './run-options.ts'

export async function runOnFolder(
  folder: string,
  options: RunOptions,
  settings: RunSettings,
  io: ProcessIO,
): Promise<ExitCode> {
  const credentials = await credentialsOf(settings, io.now)
  await checkFolder(folder)
  await readOnce(folder)
  const log = openLog(io, settings.log)
  const status = await statusWriter(options.statusDir, folder, log)
  const onStop = () => log({ level: 'info', text: 'stopping; the proxies keep their config', fields: {} })
  const ending = handleShutdown(io, onStop, () => io.quit(130))
  const activity = openActivityLog(log)
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
      activity.take(overview)
      status.write(report)
    },
  })
  log({ level: 'info', text: `running ${folder}`, fields: { folder } })
  await runFolderApp(
    {
      folder,
      translate: translator(settings),
      connect: proxy => io.connect(proxy, credentials && { credentials }),
      lookup: io.lookup,
      audit: settings.auditInterval,
      health: settings.healthAddress === 'off' ? undefined : settings.healthAddress,
      onReport: report => follower.take(report),
    },
    options.once ? AbortSignal.any([ending.signal, activity.tried]) : ending.signal,
  )
  follower.flush()
  await status.close('keep')
  ending.close()
  return options.once && !activity.isGood() ? 1 : 0
}
