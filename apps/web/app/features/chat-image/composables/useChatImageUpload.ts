import { checkImage } from '../model/check-image'
import { uploadImage } from '../model/upload-image'

/** Images for a conversation: what may be sent, and sending it. */
export function useChatImageUpload() {
  return { checkImage, uploadImage }
}
