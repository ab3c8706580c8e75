import { computed, ref, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'
import { useCurrentUser } from '#chat/entities/user/composables/useCurrentUser.ts'
import { keptTexts } from '#chat/shared/lib/storage.ts'

/** What somebody has begun to write in a conversation, kept for the next time. */
export function useDraft(conversationId: MaybeRefOrGetter<number>): Ref<string> {
  const me = useCurrentUser().user.value?.id ?? 0
  const kept = keptTexts(() => localStorage)
  const key = computed(() => `parley.draft.${me}.${toValue(conversationId)}`)
  const draft = ref('')
  watch(key, (now) => (draft.value = kept.get(now) ?? ''), { immediate: true, flush: 'sync' })
  return computed({
    get: () => draft.value,
    set(text) {
      draft.value = text
      if (text.trim() === '') kept.remove(key.value)
      else kept.set(key.value, text)
    },
  })
}
