export { messageSchema, type Message } from '@parley/wire/marketplace'
