/**
 * Two people talk about a camera through a running Parley: `npm start` in one terminal, `npm run example` in
 * another. Each line says who does (→) or sees (←) what. The five flows are those of the marketplace protocol.
 */
import sharp from 'sharp'
import { signIn } from './person.ts'
import type { Conversation, Message, Person } from './person.ts'

const server = (process.argv[2] ?? 'http://127.0.0.1:8080').replace(/\/$/, '')

const ANNA = 1
const EMMA = 4
const CAMERA = 102

async function main(): Promise<void> {
  const buyer = await signIn(server, ANNA)
  const seller = await signIn(server, EMMA)
  try {
    await initialLoad(buyer, seller)
    const conversation = await buyerWritesToSeller(buyer, seller)
    await sellerOpensIt(buyer, seller, conversation)
    await sellerSendsAnImage(buyer, seller, conversation)
    await buyerLosesTheConnection(buyer, seller, conversation)
    await buyerLeaves(buyer, seller)
  } finally {
    buyer.disconnect()
    seller.disconnect()
  }
}

async function initialLoad(buyer: Person, seller: Person): Promise<void> {
  title('Flow 5. Both open the application')
  for (const person of [seller, buyer]) {
    const { channel } = await person.connect()
    sees(person, 'connected', `listens to ${channel}`)
    const { data } = await person.get<{ total_unread: number }>('/conversations/unread-count')
    does(person, 'GET unread-count', `${data.total_unread} unread in all`)
  }
}

async function buyerWritesToSeller(buyer: Person, seller: Person): Promise<Conversation> {
  title('Flow 1. The buyer writes to the seller')
  const opened = await buyer.post<Conversation>('/conversations', { product_id: CAMERA })
  const conversation = opened.data
  const { id, product, companion } = conversation
  const how = opened.status === 201 ? 'new' : 'found again'
  does(buyer, 'POST conversations', `${how}: ${product.title}, with ${companion.display_name}`)
  const { data: history } = await buyer.get<Message[]>(`/conversations/${id}/messages`)
  does(buyer, 'GET messages', `${history.length} so far`)

  await buyer.post(`/conversations/${id}/typing`)
  does(buyer, 'POST typing', '')
  await seller.hears('typing')
  sees(seller, 'typing', `${buyer.name} is typing`)

  const message = await write(buyer, id, 'Здравствуйте! Камера ещё продаётся?')
  await buyer.hears('message.new', (data) => data.message.id === message.id)
  sees(buyer, 'message.new', 'the same message, for other tabs')

  title('Flow 2. The seller receives it')
  await receives(seller, message)
  await seller.post(`/conversations/${id}/delivered`, { last_message_id: message.id })
  does(seller, 'POST delivered', '')
  await buyer.hears('message.delivered', (data) => data.last_message_id === message.id)
  sees(buyer, 'message.delivered', 'two grey ticks')
  return conversation
}

async function sellerOpensIt(buyer: Person, seller: Person, { id }: Conversation): Promise<void> {
  title('Flow 3. The seller opens the conversation')
  const { data: conversation } = await seller.get<Conversation>(`/conversations/${id}`)
  does(seller, 'GET conversation', `${conversation.unread_count} unread`)
  const { data: messages } = await seller.get<Message[]>(`/conversations/${id}/messages`)
  does(seller, 'GET messages', `${messages.length}, the newest one first`)
  await seller.post(`/conversations/${id}/read`)
  does(seller, 'POST read', '')
  await buyer.hears('message.read', (data) => data.last_read_message_id === messages[0]?.id)
  sees(buyer, 'message.read', 'two blue ticks')
  const { total_unread } = await seller.hears('unread.update')
  sees(seller, 'unread.update', `${total_unread} unread in all`)
  await receives(buyer, await write(seller, id, 'Hello! Yes, it is. I will send you a picture.'))
}

async function sellerSendsAnImage(buyer: Person, seller: Person, { id }: Conversation): Promise<void> {
  title('Flow 4. The seller sends an image')
  const form = new FormData()
  form.append('image', await takePicture(), 'camera.jpg')
  const { data: message } = await seller.post<Message>(`/conversations/${id}/messages/image`, form)
  does(seller, 'POST messages/image', `message ${message.id}`)
  await buyer.hears('message.new', (data) => data.message.id === message.id)
  sees(buyer, 'message.new', 'an image')
  await fetchesPicture(buyer, 'image_url', message.image_url)
  await fetchesPicture(buyer, 'image_thumbnail', message.image_thumbnail)
}

async function buyerLosesTheConnection(buyer: Person, seller: Person, { id }: Conversation): Promise<void> {
  title('The buyer loses the connection for a moment')
  const { back } = buyer.loseConnection()
  sees(buyer, 'disconnected', '')
  await seller.hears('presence', ({ user_id, online }) => user_id === buyer.id && !online)
  sees(seller, 'presence', `${buyer.name} is offline`)
  const missed = [
    await write(seller, id, 'The lens has no scratches.'),
    await write(seller, id, 'Still there?'),
  ]
  const { recovered } = await back
  sees(buyer, 'connected', recovered ? 'recovers what was missed:' : 'was away for too long to recover')
  for (const message of missed) await receives(buyer, message)
  await receives(seller, await write(buyer, id, 'Да! Я в метро. Беру.'))
  await buyer.post(`/conversations/${id}/read`)
  does(buyer, 'POST read', '')
}

async function buyerLeaves(buyer: Person, seller: Person): Promise<void> {
  title('The buyer closes the application')
  buyer.disconnect()
  does(buyer, 'disconnect', '')
  const { last_seen_at } = await seller.hears(
    'presence',
    ({ user_id, online }) => user_id === buyer.id && !online,
  )
  sees(seller, 'presence', `${buyer.name} was last seen at ${last_seen_at ?? ''}`)
}

async function write(sender: Person, conversationId: number, text: string): Promise<Message> {
  const { data } = await sender.post<Message>(`/conversations/${conversationId}/messages`, { text })
  does(sender, 'POST messages', `${text} (message ${data.id})`)
  return data
}

async function receives(reader: Person, { id }: Message): Promise<void> {
  const { message } = await reader.hears('message.new', (data) => data.message.id === id)
  sees(reader, 'message.new', message.text ?? '')
}

/** Stands in for the seller's telephone. */
async function takePicture(): Promise<Blob> {
  const drawing = await fetch(`${server}/demo/products/${CAMERA}.svg`)
  const photograph = await sharp(await drawing.arrayBuffer(), { density: 144 })
    .jpeg()
    .toBuffer()
  return new Blob([new Uint8Array(photograph)], { type: 'image/jpeg' })
}

async function fetchesPicture(person: Person, field: string, url: string | null): Promise<void> {
  const response = await fetch(new URL(url ?? '', server))
  const { width, height } = await sharp(await response.arrayBuffer()).metadata()
  does(person, `GET ${field}`, `${width} × ${height}  ${response.url}`)
}

const title = (text: string) => console.log(`\n${text}`)
const does = (person: Person, what: string, result: string) => line(person, '→', what, result)
const sees = (person: Person, what: string, result: string) => line(person, '←', what, result)

function line({ name }: Person, arrow: string, what: string, result: string): void {
  console.log(`  ${name.padEnd(6)} ${arrow} ${what.padEnd(20)} ${result}`.trimEnd())
}

main().catch((error: unknown) => {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
})
