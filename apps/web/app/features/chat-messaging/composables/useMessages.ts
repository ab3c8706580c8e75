import { computed, onScopeDispose, shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue'
import type { Message } from '#chat/entities/message/model/message.schema.ts'
import type { PendingMessage } from '#chat/entities/message/model/messages.ts'
import { useChat } from './useChat.ts'

/** The messages of the conversation that is open. */
export function useMessages(conversationId: MaybeRefOrGetter<number>) {
  const chat = useChat()
  const thread = shallowRef(chat.openThread(toValue(conversationId)))
  watch(
    () => toValue(conversationId),
    (id) => {
      thread.value.leave()
      thread.value = chat.openThread(id)
    },
    { flush: 'sync' },
  )
  onScopeDispose(() => thread.value.leave())

  return {
    messages: computed(() => thread.value.messages.value),
    arrived: computed(() => thread.value.arrived.value),
    loading: computed(() => thread.value.loading.value),
    hasMore: computed(() => thread.value.hasMore.value),
    error: computed(() => thread.value.error.value),
    firstUnreadId: computed(() => thread.value.firstUnreadId.value),
    opened: computed(() => thread.value.opened.value),
    load: () => thread.value.load(),
    loadOlder: () => thread.value.loadOlder(),
    loadUntil: (messageId: number) => thread.value.loadUntil(messageId),
    send: (text: string) => thread.value.send(text),
    sendImage: (file: File) => thread.value.sendImage(file),
    progressOf: (key: string) => thread.value.progressOf(key),
    keyOf: (message: Message | PendingMessage) => thread.value.keyOf(message),
    retry: (key: string) => thread.value.retry(key),
    discard: (key: string) => thread.value.discard(key),
    setAtEnd: (atEnd: boolean) => thread.value.setAtEnd(atEnd),
    markRead: () => thread.value.markRead(),
  }
}
