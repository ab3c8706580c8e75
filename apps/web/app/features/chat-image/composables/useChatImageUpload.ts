import { checkImage } from '../model/check-image.ts'
import { uploadImage } from '../model/upload-image.ts'

/** Images for a conversation: what may be sent, and sending it. */
export function useChatImageUpload() {
  return { checkImage, uploadImage }
}
