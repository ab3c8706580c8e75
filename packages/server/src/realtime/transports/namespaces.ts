import type { Namespace } from '@parley/centrifuge'
import type { Config } from '../../config.ts'

/** The kinds of channels that there are, and how far back their clients recover. */
export function namespaces({ recoveryEvents, recoveryHours }: Config): Namespace[] {
  const hours = `${recoveryHours}h`
  const recovered = {
    history_size: recoveryEvents,
    history_ttl: hours,
    history_meta_ttl: hours,
    force_recovery: true,
  }
  return [
    { name: 'personal', ...recovered, allow_history_for_subscriber: true },
    { name: 'chat', ...recovered },
    { name: 'user', ...recovered },
    { name: 'org', ...recovered },
    { name: 'status' },
  ]
}
