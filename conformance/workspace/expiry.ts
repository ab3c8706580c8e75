import { Centrifuge } from 'centrifuge'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Chat } from '../support/chat.ts'
import { group, say, type Team } from '../support/team.ts'
import { jwt } from '../support/tokens.ts'
import { within } from '../support/wait.ts'

/** With which the server signs its tokens. */
export const REALTIME_SECRET = 'known to the test, that it can bring the end near'

const SECONDS = 3

/** A token of the server's that ends in a few seconds, and nothing else about it is another. */
function shortened(token: string): string {
  const [, claims = ''] = token.split('.')
  const decoded = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
  return jwt(REALTIME_SECRET, { ...decoded, exp: Math.floor(Date.now() / 1000) + SECONDS })
}

/** Gives short tokens twice, then whole ones. The client asks for the third once the second was taken, and is ending. */
function renewals(ask: () => Promise<string>) {
  let given = 0
  const { promise, resolve } = Promise.withResolvers<unknown>()
  return {
    renewed: promise,
    getToken: async () => {
      const token = await ask()
      if (++given < 3) return shortened(token)
      resolve(given)
      return token
    },
  }
}

export function expiry(team: Team, chat: Chat) {
  test('tokens that end are renewed by the client, without a gap', async () => {
    const org = team.org()
    const [anna, boris] = [await team.colleague({ org }), await team.colleague({ org })]
    const { id } = await group(anna, [boris])
    const connection = renewals(async () => (await boris.ask('get-connection-token')).data.token)
    const conversation = renewals(
      async () => (await boris.ask('get-subscribe-token', { conversationId: id })).data.token,
    )
    const client = new Centrifuge(`${chat.server().url.replace('http', 'ws')}/connection/websocket`, {
      websocket: WebSocket,
      getToken: connection.getToken,
    })
    const states: string[] = []
    client.on('state', ({ newState }) => states.push(newState))
    const subscription = client.newSubscription(`chat:${id}`, { getToken: conversation.getToken })
    subscription.on('state', ({ newState }) => states.push(newState))
    subscription.subscribe()
    client.connect()
    try {
      await within(8000, () => 'the client to be subscribed', subscription.ready())
      const both = Promise.all([connection.renewed, conversation.renewed])
      await within(15_000, () => 'the tokens to be renewed twice', both)
      const heard = new Promise((resolve) => subscription.once('publication', resolve))
      await say(anna, id, 'Still there?')
      await within(8000, () => 'a message on the renewed subscription', heard)
      expect(states).toEqual(['subscribing', 'connecting', 'connected', 'subscribed'])
    } finally {
      client.disconnect()
    }
  })
}
