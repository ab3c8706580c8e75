import { NetworkError } from '#chat/shared/api/client.ts'

/** What the server said no with: an ApiError, or what has been kept of one. */
interface Refusal {
  status: number
  details: Record<string, string[]>
}

/** What a person can be refused for, in the languages of the app. */
const FAULTS: [field: string, says: RegExp, key: string][] = [
  ['product_id', /your own/, 'chat.ownProduct'],
  ['text', /2,?000/, 'chat.messageTooLong'],
  ['image', /10 MB/, 'chat.imageTooLarge'],
  ['image', /JPEG/, 'chat.imageWrongType'],
  ['image', /pixels/, 'chat.imageTooManyPixels'],
  ['image', /damaged/, 'chat.imageBroken'],
]

/** What to tell a person about a request that failed: of a refused field, what is wrong with it. */
export function useErrorText() {
  const { t } = useI18n()

  function faultText(field: string, fault: string): string {
    const known = FAULTS.find(([of, says]) => of === field && says.test(fault))
    return known ? t(known[2]) : fault
  }
  function fieldsText({ details }: Refusal): string {
    const faults = Object.entries(details).flatMap(([field, said]) =>
      said.map((one) => faultText(field, one)),
    )
    return faults.join(', ') || t('app.error')
  }
  return (error: unknown): string => {
    if (error instanceof NetworkError) return t('app.noConnection')
    if (!isRefusal(error)) return t('app.error')
    switch (error.status) {
      case 403:
        return t('app.denied')
      case 404:
        return t('app.missing')
      case 422:
        return fieldsText(error)
      case 429:
        return t('chat.tryLater')
      default:
        return t('app.error')
    }
  }
}

function isRefusal(error: unknown): error is Refusal {
  return typeof error === 'object' && error !== null && 'status' in error && 'details' in error
}
