export type { DisconnectTarget, PublicationOptions } from './api.ts'
export { createCentrifuge, type Centrifuge } from './centrifuge.ts'
export type {
  Engine,
  History,
  HistoryQuery,
  Publication,
  PublishOptions,
  StreamPosition,
  ClientInfo,
} from './engine.ts'
export { ClientError, Disconnect, type Closing } from './errors.ts'
export type * from './hooks.ts'
export { createMemoryEngine, type MemoryEngineOptions } from './memory-engine.ts'
export type { Options, Settings } from './options.ts'
