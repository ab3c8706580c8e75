const russian = new Intl.PluralRules('ru')

export default defineI18nConfig(() => ({
  legacy: false,
  fallbackLocale: 'en',
  pluralRules: {
    /** «1 сообщение | 2 сообщения | 5 сообщений» */
    ru: (count: number) => ['one', 'few', 'many'].indexOf(russian.select(count)),
  },
}))
