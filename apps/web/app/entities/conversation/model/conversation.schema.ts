export { conversationSchema, type Conversation } from '@parley/wire/marketplace'
