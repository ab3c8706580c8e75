import { ApiError, NetworkError } from '#chat/shared/api/client.ts'

/** What to tell a person about a request that failed: of a refused field, what the server says about it. */
export function useErrorText() {
  const { t } = useI18n()
  return (error: unknown): string => {
    if (error instanceof NetworkError) return t('app.noConnection')
    if (!(error instanceof ApiError)) return t('app.error')
    switch (error.status) {
      case 403:
        return t('app.denied')
      case 404:
        return t('app.missing')
      case 422:
        return Object.values(error.details).flat().join(', ') || t('app.error')
      case 429:
        return t('chat.tryLater')
      default:
        return t('app.error')
    }
  }
}
