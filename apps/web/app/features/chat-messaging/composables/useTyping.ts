import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useChat } from './useChat.ts'

/** Whether the companion is typing, and telling that I am. */
export function useTyping(conversationId: MaybeRefOrGetter<number>) {
  const { typing } = useChat()
  return {
    companionTyping: computed(() => typing.isTyping(toValue(conversationId))),
    typed: () => typing.tell(toValue(conversationId)),
  }
}
