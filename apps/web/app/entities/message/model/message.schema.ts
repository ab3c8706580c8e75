export { messageSchema, messageStatusSchema, messageTypeSchema, type Message } from '@parley/wire/marketplace'
