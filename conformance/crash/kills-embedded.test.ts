import { survivesKills } from './kills.ts'

survivesKills('embedded')
