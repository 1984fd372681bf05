/** The options that say what translation allows, the same for every command that translates. */
import { type Command, Option } from 'commander'
import { createTranslator, type Translator } from '../translate/translate.ts'

export type TranslationOptions = {
  readonly selectorScope: 'all' | 'namespace'
  readonly allowControllerDestination?: boolean
  readonly allowLogFiles?: boolean
}

export function addTranslationOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--selector-scope <scope>',
        "whether a selector reaches pods of all namespaces or of the resource's own",
      )
        .choices(['all', 'namespace'])
        .default('all'),
    )
    .option('--allow-controller-destination', 'let resources hand out the REST API of a proxy (L7mpController)')
    .option('--allow-log-files', 'let resources write log files where the proxies run (Logger)')
}

export function translator({
  selectorScope,
  allowControllerDestination,
  allowLogFiles,
}: TranslationOptions): Translator {
  return createTranslator({
    selectorScope,
    allowControllerDestination: allowControllerDestination ?? false,
    allowLogFiles: allowLogFiles ?? false,
  })
}
