/** The options of translation, which are the same for every command that translates. */
import { type Command, Option } from 'commander'
import { SETTINGS } from '../../settings/settings-table.ts'
import { createTranslator, type Translator } from '../../translate/translate.ts'

export type TranslationOptions = {
  /** Default: all */
  readonly selectorScope?: 'all' | 'namespace'
  readonly allowControllerDestination?: boolean
  readonly allowLogFiles?: boolean
}

export function addTranslationOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--selector-scope <scope>', `${SETTINGS.selectorScope.about}; defaults to all`).choices([
        'all',
        'namespace',
      ]),
    )
    .option('--allow-controller-destination', SETTINGS.allowControllerDestination.about)
    .option('--allow-log-files', SETTINGS.allowLogFiles.about)
}

/** Extracts these options from those of a command. */
export function translationOptions(options: TranslationOptions): TranslationOptions {
  const { selectorScope, allowControllerDestination, allowLogFiles } = options
  return {
    ...(selectorScope !== undefined && { selectorScope }),
    ...(allowControllerDestination !== undefined && { allowControllerDestination }),
    ...(allowLogFiles !== undefined && { allowLogFiles }),
  }
}

export function translator({
  selectorScope = 'all',
  allowControllerDestination,
  allowLogFiles,
}: TranslationOptions): Translator {
  return createTranslator({
    selectorScope,
    allowControllerDestination: allowControllerDestination ?? false,
    allowLogFiles: allowLogFiles ?? false,
  })
}
