import { openConversation } from '../support/acts.ts'
import { putProduct } from '../support/host.ts'
import { createPerson, type Person } from '../support/person.ts'
import type { Server } from '../support/server.ts'

export interface Conversation {
  id: number
  /** The first one writes; the second one too, unless it only listens. */
  members: [Person, Person]
}

export interface World {
  people: Person[]
  /** Connected and reading, never writing. */
  listener: Person
  conversations: [Conversation, ...Conversation[]]
}

/** Four who write in a chain of conversations, and one who listens to two of them. */
export async function createWorld(serverOf: (index: number) => Server): Promise<World> {
  const create = (index: number) =>
    createPerson(serverOf(index), { id: index + 1, name: `Person ${index + 1}` })
  const [a, b, c, d, listener] = await Promise.all([create(0), create(1), create(2), create(3), create(4)])
  const open = async (product: number, members: [Person, Person]): Promise<Conversation> => {
    const [buyer, seller] = members
    const fields = { seller_id: String(seller.id), title: `Product ${product}`, price: 1, status: 'active' }
    await putProduct(serverOf(0), product, fields)
    return { id: (await openConversation(buyer, product)).id, members }
  }
  return {
    people: [a, b, c, d, listener],
    listener,
    conversations: [
      await open(1, [a, b]),
      await open(2, [b, c]),
      await open(3, [c, d]),
      await open(4, [a, listener]),
      await open(5, [c, listener]),
    ],
  }
}

export function conversationsOf({ conversations }: World, person: Person): Conversation[] {
  return conversations.filter(({ members }) => members.includes(person))
}

export function companionOf({ members: [one, other] }: Conversation, person: Person): Person {
  return one === person ? other : one
}
