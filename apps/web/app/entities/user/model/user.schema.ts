export type { DemoPerson, Me } from '@parley/wire/demo'
