export type { Me } from '@parley/wire/demo'
