import { createCentrifuge } from '@parley/centrifuge'
import { centrifugePlugin } from '@parley/centrifuge/fastify'
import Fastify from 'fastify'

// A Fastify application that tells everybody who is connected what is posted to it. Who they are stands in a cookie.
const centrifuge = createCentrifuge({
  connect: async ({ headers: { cookie = 'nobody' } }) => ({ user: cookie, channels: ['news'] }),
  channel: { without_namespace: { history_size: 300, history_ttl: '10m', force_recovery: true } },
})
const app = Fastify()
await app.register(centrifugePlugin, { centrifuge })
app.post('/news', async ({ body }, reply) => reply.code(201).send(await centrifuge.publish('news', body)))
console.log(await app.listen({ port: Number(process.env['PORT'] ?? 0), host: '127.0.0.1' }))
process.once('SIGTERM', () => void app.close())
