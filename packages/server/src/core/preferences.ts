import { updatePreferences as update } from '../db/preferences.ts'
import { accessForChange } from './access.ts'
import { change } from './change.ts'
import { ChatError } from './errors.ts'
import { emit } from './events.ts'
import type { Actor, Chat, ConversationId, Preferences } from './types.ts'

/** Sets what a conversation is to the caller alone, archived or not; what is not given stays as it is. */
export function updatePreferences(
  chat: Chat,
  actor: Actor,
  conversationId: ConversationId,
  changes: Partial<Preferences>,
): Promise<Preferences> {
  return change(chat, async (tx) => {
    const { kind } = await accessForChange(tx, actor, conversationId)
    if (kind === 'direct' && !['all', 'none', undefined].includes(changes.notifyLevel))
      throw new ChatError('invalid', 'must be all or none between two people', 'notifyLevel')
    const own = { conversationId, userId: actor.userId }
    const preferences = await update(tx, own, changes)
    if (!preferences) throw new Error('A member has no row.')
    await emit(tx, { type: 'preferences.changed', ...own, preferences }, [actor.userId])
    return preferences
  })
}
