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

/** Who talks to whom, by index; the last one is the listener. */
export type Pairs = readonly [Pair, ...Pair[]]
type Pair = readonly [number, number]

const LISTENER = 4
const chain: Pairs = [
  [0, 1],
  [1, 2],
  [2, 3],
  [0, LISTENER],
  [2, LISTENER],
]
export const allToListener: Pairs = [
  [0, LISTENER],
  [1, LISTENER],
  [2, LISTENER],
  [3, LISTENER],
]

/** Four who write, and one who listens. */
export async function createWorld(serverOf: (index: number) => Server, pairs = chain): Promise<World> {
  const create = (index: number) =>
    createPerson(serverOf(index), { id: index + 1, name: `Person ${index + 1}` })
  const people = await Promise.all([create(0), create(1), create(2), create(3), create(LISTENER)])
  const open = async ([one, other]: Pair): Promise<Conversation> => {
    const members: [Person, Person] = [people[one] ?? people[0], people[other] ?? people[LISTENER]]
    const product = 10 * one + other
    const seller = String(members[1].id)
    const fields = { seller_id: seller, title: `Product ${product}`, price: 1, status: 'active' }
    await putProduct(serverOf(0), product, fields)
    return { id: (await openConversation(members[0], product)).id, members }
  }
  const [first, ...others] = pairs
  const conversations: World['conversations'] = [await open(first)]
  for (const pair of others) conversations.push(await open(pair))
  return { people, listener: people[LISTENER], conversations }
}

export function conversationsOf({ conversations }: World, person: Person): Conversation[] {
  return conversations.filter(({ members }) => members.includes(person))
}

export function companionOf({ members: [one, other] }: Conversation, person: Person): Person {
  return one === person ? other : one
}
