type Scalar = 'integer' | 'flag' | 'text' | 'payload'

/** The fields of one kind of message, in the order of their numbers. */
export type MessageType = Field[]

export interface Field {
  number: number
  name: string
  /** Of a map, the message of one entry. */
  type: Scalar | MessageType
  many?: 'list' | 'map'
}

type Shape = Record<string, [number: number, type: Scalar | MessageType, many?: 'list' | 'map']>

// What proto/client.proto says, under the names that these fields have in JSON.

const channelRequest = message({ channel: [1, 'text'] })

const filterNode = message({
  op: [1, 'text'],
  key: [2, 'text'],
  cmp: [3, 'text'],
  val: [4, 'text'],
  vals: [5, 'text', 'list'],
})
filterNode.push({ number: 6, name: 'nodes', type: filterNode, many: 'list' })

const subscribeRequest = message({
  channel: [1, 'text'],
  token: [2, 'text'],
  recover: [3, 'flag'],
  epoch: [6, 'text'],
  offset: [7, 'integer'],
  data: [8, 'payload'],
  positioned: [9, 'flag'],
  recoverable: [10, 'flag'],
  join_leave: [11, 'flag'],
  delta: [12, 'text'],
  tf: [13, filterNode],
  flag: [14, 'integer'],
  type: [15, 'integer'],
})

const connectRequest = message({
  token: [1, 'text'],
  data: [2, 'payload'],
  subs: [3, subscribeRequest, 'map'],
  name: [4, 'text'],
  version: [5, 'text'],
  headers: [6, 'text', 'map'],
})

const historyRequest = message({
  channel: [1, 'text'],
  limit: [7, 'integer'],
  since: [8, message({ offset: [1, 'integer'], epoch: [2, 'text'] })],
  reverse: [9, 'flag'],
})

export const command = message({
  id: [1, 'integer'],
  connect: [4, connectRequest],
  subscribe: [5, subscribeRequest],
  unsubscribe: [6, channelRequest],
  publish: [7, message({ channel: [1, 'text'], data: [2, 'payload'] })],
  presence: [8, channelRequest],
  presence_stats: [9, channelRequest],
  history: [10, historyRequest],
  ping: [11, message({})],
  send: [12, message({})],
  rpc: [13, message({ data: [1, 'payload'], method: [2, 'text'] })],
  refresh: [14, message({ token: [1, 'text'] })],
  sub_refresh: [15, message({ channel: [1, 'text'], token: [2, 'text'] })],
})

const clientInfo = message({
  user: [1, 'text'],
  client: [2, 'text'],
  conn_info: [3, 'payload'],
  chan_info: [4, 'payload'],
})

const publication = message({
  data: [4, 'payload'],
  info: [5, clientInfo],
  offset: [6, 'integer'],
  tags: [7, 'text', 'map'],
  delta: [8, 'flag'],
})

const subscribeResult = message({
  expires: [1, 'flag'],
  ttl: [2, 'integer'],
  recoverable: [3, 'flag'],
  epoch: [6, 'text'],
  publications: [7, publication, 'list'],
  recovered: [8, 'flag'],
  offset: [9, 'integer'],
  positioned: [10, 'flag'],
  data: [11, 'payload'],
  was_recovering: [12, 'flag'],
  delta: [13, 'flag'],
})

const connectResult = message({
  client: [1, 'text'],
  expires: [3, 'flag'],
  ttl: [4, 'integer'],
  data: [5, 'payload'],
  subs: [6, subscribeResult, 'map'],
  ping: [7, 'integer'],
  pong: [8, 'flag'],
  session: [9, 'text'],
  node: [10, 'text'],
})

const historyResult = message({
  publications: [1, publication, 'list'],
  epoch: [2, 'text'],
  offset: [3, 'integer'],
})

const subscribePush = message({
  recoverable: [1, 'flag'],
  epoch: [4, 'text'],
  offset: [5, 'integer'],
  positioned: [6, 'flag'],
  data: [7, 'payload'],
})

const push = message({
  channel: [2, 'text'],
  pub: [4, publication],
  join: [5, message({ info: [1, clientInfo] })],
  leave: [6, message({ info: [1, clientInfo] })],
  unsubscribe: [7, message({ code: [2, 'integer'], reason: [3, 'text'] })],
  subscribe: [9, subscribePush],
  disconnect: [11, message({ code: [1, 'integer'], reason: [2, 'text'] })],
})

export const reply = message({
  id: [1, 'integer'],
  error: [2, message({ code: [1, 'integer'], message: [2, 'text'], temporary: [3, 'flag'] })],
  push: [4, push],
  connect: [5, connectResult],
  subscribe: [6, subscribeResult],
  unsubscribe: [7, message({})],
  publish: [8, message({})],
  presence: [9, message({ presence: [1, clientInfo, 'map'] })],
  presence_stats: [10, message({ num_clients: [1, 'integer'], num_users: [2, 'integer'] })],
  history: [11, historyResult],
  rpc: [13, message({ data: [1, 'payload'] })],
  refresh: [14, message({ expires: [3, 'flag'], ttl: [4, 'integer'] })],
  sub_refresh: [15, message({ expires: [1, 'flag'], ttl: [2, 'integer'] })],
})

function message(shape: Shape): MessageType {
  return Object.entries(shape).map(([name, [number, type, many]]) => {
    return {
      number,
      name,
      type: many === 'map' ? message({ key: [1, 'text'], value: [2, type] }) : type,
      many,
    }
  })
}
