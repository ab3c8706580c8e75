import { onScopeDispose, ref, shallowRef } from 'vue'
import { checkImage } from '../model/check-image.ts'

/** A picture that was chosen and waits to be sent. */
export interface Attachment {
  file: File
  /** Of its preview. */
  url: string
}

/** The pictures for a conversation, from being chosen until they are sent. */
export function useChatImageUpload() {
  const attachments = shallowRef<readonly Attachment[]>([])
  const error = ref<string | null>(null)

  async function attach(files: readonly File[]): Promise<void> {
    error.value = null
    for (const file of files) {
      const fault = await checkImage(file)
      if (fault !== null) error.value = fault
      else attachments.value = [...attachments.value, { file, url: URL.createObjectURL(file) }]
    }
  }

  function remove(attachment: Attachment): void {
    URL.revokeObjectURL(attachment.url)
    attachments.value = attachments.value.filter((other) => other !== attachment)
  }

  /** All of them, to be sent; none is left. */
  function take(): File[] {
    const files = attachments.value.map(({ file }) => file)
    attachments.value.forEach(remove)
    error.value = null
    return files
  }

  onScopeDispose(take)
  return { attachments, error, attach, remove, take }
}
