import type { PendingMessage } from '#chat/entities/message/model/messages.ts'
import { useErrorText } from '#chat/shared/lib/useErrorText.ts'

/** Says what became of a message that was not sent, and what the server has against it. */
export function useFaultText() {
  const { t } = useI18n()
  const errorText = useErrorText()
  return ({ error, refusal }: PendingMessage): string | null => {
    if (error === null) return null
    const said = [t(`chat.${error}`), ...(refusal ? [errorText(refusal)] : [])]
    return [...new Set(said)].join('. ')
  }
}
