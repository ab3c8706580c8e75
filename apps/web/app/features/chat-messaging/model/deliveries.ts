import type { ChatApi } from './api.ts'
import { createErrand } from './errand.ts'

/** Confirms that messages have arrived: what comes together is confirmed together. */
export function createDeliveries(api: ChatApi) {
  const receipts = new Map<number, ReturnType<typeof receiptOf>>()

  function receiptOf(conversationId: number) {
    let newest = 0
    let told = 0
    async function tell(upTo: number) {
      await api.markDelivered(conversationId, upTo)
      told = upTo
    }
    const errand = createErrand({ act: () => (newest > told ? tell(newest) : null) })
    return {
      ...errand,
      arrived(messageId: number) {
        newest = Math.max(newest, messageId)
        errand.ask()
      },
    }
  }
  return {
    arrived(conversationId: number, messageId: number) {
      const receipt = receipts.get(conversationId) ?? receiptOf(conversationId)
      receipts.set(conversationId, receipt)
      receipt.arrived(messageId)
    },
    wake: () => receipts.forEach((receipt) => receipt.wake()),
    close: () => receipts.forEach((receipt) => receipt.close()),
  }
}
