import { fc, it as check } from '@fast-check/vitest'
import { expect } from 'vitest'
import type { Message } from '../../src/core/types.ts'
import { createAdmissions, roomOf } from '../../src/dialects/direct/admissions.ts'
import type { SocketSession } from '../../src/realtime/transports/socketio-vocabulary.ts'

const CONVERSATION = 7

/** What a client shows that joins, perhaps again and again, while messages are written and, later, delivered. */
async function run(steps: string[]): Promise<{ shown: number[]; written: number }> {
  let written = 0
  let delivered = 0
  let shown: number[] = []
  const rooms = new Set<string>()
  const session: SocketSession = {
    id: 'a',
    userId: 'me',
    identify: async () => 'me',
    join: (room) => void rooms.add(room),
    leave: (room) => void rooms.delete(room),
    emit: () => undefined,
    onClose: () => undefined,
  }
  const admissions = createAdmissions((_session, { id }) => void shown.push(id))

  function deliver(): void {
    const message = { id: ++delivered, conversationId: CONVERSATION } as Message // all that admissions look at
    admissions.admit(message)
    if (rooms.has(roomOf(CONVERSATION))) shown.push(message.id)
  }

  let give = Promise.withResolvers<undefined>()
  let joining: Promise<void> | null = null
  let snapshot: number[] = []
  async function finish(): Promise<void> {
    give.resolve(undefined)
    await joining
    joining = null
  }

  for (const step of steps) {
    if (step === 'write') written++
    else if (step === 'deliver' && delivered < written) deliver()
    else if (step === 'read') snapshot = Array.from({ length: written }, (_, i) => i + 1)
    else if (step === 'finish') await finish()
    else if (step === 'join' && !joining) {
      snapshot = Array.from({ length: written }, (_, i) => i + 1)
      give = Promise.withResolvers<undefined>()
      joining = admissions.join(session, CONVERSATION, async () => {
        await give.promise
        shown = snapshot
        return snapshot.at(-1) ?? 0
      })
    }
  }
  await finish()
  while (delivered < written) deliver()
  return { shown, written }
}

const steps = fc.array(fc.constantFrom('write', 'write', 'deliver', 'deliver', 'read', 'finish', 'join'), {
  maxLength: 60,
})

check.prop([steps], { numRuns: 2_000 })(
  'who joins hears of each message once and in order, however late the events are',
  async (taken) => {
    const { shown, written } = await run(['join', ...taken])
    expect(shown).toEqual(Array.from({ length: written }, (_, i) => i + 1))
  },
)
