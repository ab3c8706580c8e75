import { useIntervalFn, useNow } from '@vueuse/core'
import { computed } from 'vue'

const MINUTE = 60_000
const UNITS: [unit: 'minute' | 'hour' | 'day', ms: number, below: number][] = [
  ['minute', MINUTE, 60 * MINUTE],
  ['hour', 60 * MINUTE, 24 * 60 * MINUTE],
  ['day', 24 * 60 * MINUTE, 7 * 24 * 60 * MINUTE],
]

/** Says times as people do, in the chosen language; what depends on the present follows it. */
export function useTimes() {
  const { t, locale, localeProperties } = useI18n()
  const now = useNow({ scheduler: (tick) => useIntervalFn(tick, MINUTE / 2) })
  const formats = computed(() => formatsOf(localeProperties.value.language ?? locale.value))

  function dayName(date: Date): string | null {
    const days = daysBetween(date, now.value)
    return days === 0 ? t('chat.today') : days === 1 ? t('chat.yesterday') : null
  }

  function dateName(date: Date): string {
    const { date: near, fullDate } = formats.value
    return (date.getFullYear() === now.value.getFullYear() ? near : fullDate).format(date)
  }

  return {
    /** «14:05» */
    clock: (time: string) => formats.value.clock.format(new Date(time)),
    /** «сегодня», «вчера», «12 февраля» */
    day: (time: string) => dayName(new Date(time)) ?? dateName(new Date(time)),
    /** «14:05» of today, else the day. */
    brief(time: string): string {
      const date = new Date(time)
      if (daysBetween(date, now.value) === 0) return formats.value.clock.format(date)
      return dayName(date) ?? formats.value.brief.format(date)
    },
    /** «5 минут назад»; after a week, the date. */
    ago(time: string): string {
      const date = new Date(time)
      const passed = now.value.getTime() - date.getTime()
      if (passed < MINUTE) return t('chat.justNow')
      const unit = UNITS.find(([, , below]) => passed < below)
      return unit ? formats.value.ago.format(-Math.floor(passed / unit[1]), unit[0]) : dateName(date)
    },
  }
}

const formatsOf = (locale: string) => ({
  clock: new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  brief: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' }),
  date: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long' }),
  fullDate: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' }),
  ago: new Intl.RelativeTimeFormat(locale, { numeric: 'always' }),
})

const daysBetween = (earlier: Date, later: Date) =>
  Math.round((midnight(later) - midnight(earlier)) / 86_400_000)

const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
