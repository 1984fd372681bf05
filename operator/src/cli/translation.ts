/** The options that say what translation allows, the same for every command that translates. */

import { EMPTY_CONFIG } from '@l7mesh/proxy-client'
import { type Command, Option } from 'commander'
import type { Snapshot } from '../sources/snapshot.ts'
import type { DesiredFleet, DesiredProxy } from '../translate/desired.ts'

export type TranslationOptions = {
  readonly selectorScope: 'all' | 'namespace'
  readonly allowController?: boolean
  readonly allowLogFiles?: boolean
}

export function addTranslationOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--selector-scope <scope>', 'which pods a selector reaches')
        .choices(['all', 'namespace'])
        .default('all'),
    )
    .option('--allow-controller', 'let resources hand out the REST API of a proxy (L7mpController)')
    .option('--allow-log-files', 'let resources write log files where the proxies run (Logger)')
}

export function translator(_options: TranslationOptions): (snapshot: Snapshot) => DesiredFleet {
  return snapshot => ({
    verdicts: new Map(),
    proxies: new Map(
      [...snapshot.pods]
        .filter(([, p]) => p.spec.containers.some(c => c.name === 'l7mp') && p.status?.podIP)
        .map(([key, p]): [string, DesiredProxy] => [
          key,
          {
            proxy: {
              key,
              uid: p.metadata.uid ?? '',
              address: p.status?.podIP ?? '',
              port:
                p.spec.containers.find(c => c.name === 'l7mp')?.ports?.find(x => x.name === 'controller')
                  ?.containerPort ?? 1234,
            },
            config: EMPTY_CONFIG,
            parts: new Map(),
          },
        ]),
    ),
  })
}
