import { workspace } from './workspace/suite.ts'

workspace('the embedded store')
