import { escapeText } from '../../core/html.ts'
import type { Message } from '../../core/types.ts'

/** A message as safe HTML; what the server itself says is JSON that clients put into words. */
export function contentView({ type, text, html, metadata }: Message): string {
  if (type === 'system') return JSON.stringify(metadata.dialog ?? { event: 'notice', text })
  return html ?? escapeText(text ?? '')
}
