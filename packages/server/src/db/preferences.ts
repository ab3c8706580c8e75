import type { Preferences } from './schema.ts'

/** As JSON carries it. */
export type PreferencesJson = Omit<Preferences, 'mutedUntil'> & { mutedUntil: string | null }

export function parsePreferences({ mutedUntil, ...others }: PreferencesJson): Preferences {
  if (mutedUntil === null || mutedUntil === 'forever') return { ...others, mutedUntil }
  return { ...others, mutedUntil: new Date(mutedUntil) }
}

/** The preferences of a row `m` of members as JSON; of a row that is not there, what they are by default. */
export const preferencesJson = (m: string) => `jsonb_build_object(
  'starred', coalesce(${m}.starred, false), 'notifyLevel', coalesce(${m}.notify_level, 'all'),
  'mutedUntil', case when ${m}.muted_until = 'infinity' then '"forever"' else to_jsonb(${m}.muted_until) end)`
