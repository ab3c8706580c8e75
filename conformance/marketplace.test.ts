import { marketplace } from './marketplace/suite.ts'

marketplace('the embedded store')
