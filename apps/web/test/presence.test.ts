import { describe, expect, test } from 'vitest'
import { effectScope, watchEffect } from 'vue'
import { modelServer } from './support/model-server.ts'
import { companion } from './support/shapes.ts'
import { useTabs } from './support/tab.ts'

const openTab = useTabs()
const online = `users/${companion}/online`

/** A tab that shows whether the companion is online. */
function showing(server = modelServer([7])) {
  const tab = openTab({}, server)
  const shown = effectScope(true)
  shown.run(() => watchEffect(() => void tab.chat.presences.presenceOf(companion)))
  return { ...tab, hide: () => shown.stop() }
}

function reconnect(server: ReturnType<typeof modelServer>) {
  server.state.value = 'connecting'
  return {
    recovered: () => void (server.state.value = 'connected'),
    missing() {
      server.state.value = 'connected'
      server.miss()
    },
  }
}

describe('presence', () => {
  test('is asked for once where it is shown', async () => {
    const { server, chat, pass } = showing()
    await pass(0)
    chat.presences.presenceOf(companion)
    expect(server.asked(online)).toBe(1)
  })

  test('is asked for again after each reconnect, as long as it is shown', async () => {
    const { server, hide, pass } = showing()
    await pass(0)
    const line = reconnect(server)
    await pass(0)
    line.recovered()
    await pass(0)
    expect(server.asked(online)).toBe(2)
    hide()
    reconnect(server).missing()
    await pass(0)
    expect(server.asked(online)).toBe(2)
  })

  test('is asked for once at the start, as the unread messages are, when the connection is there', async () => {
    const server = modelServer([7])
    const line = reconnect(server)
    const { pass } = showing(server)
    await pass(100)
    expect(server.asked(online)).toBe(0)
    expect(server.asked('unread-count')).toBe(0)
    line.missing()
    await pass(2000)
    expect(server.asked(online)).toBe(1)
    expect(server.asked('unread-count')).toBe(1)
  })

  test('is asked for soon, although there is no connection', async () => {
    const server = modelServer([7])
    reconnect(server)
    const { pass } = showing(server)
    await pass(1000)
    expect(server.asked(online)).toBe(1)
    expect(server.asked('unread-count')).toBe(1)
  })
})
