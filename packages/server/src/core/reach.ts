export { reaches } from '../db/reach.ts'
