import { computed } from 'vue'

/** Roubles as the chosen language writes them. */
export function usePrice() {
  const { locale, localeProperties } = useI18n()
  const format = computed(
    () =>
      new Intl.NumberFormat(localeProperties.value.language ?? locale.value, {
        style: 'currency',
        currency: 'RUB',
        currencyDisplay: 'narrowSymbol',
        maximumFractionDigits: 0,
      }),
  )
  return (price: number) => format.value.format(price)
}
