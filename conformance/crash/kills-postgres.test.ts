import { survivesKills } from './kills.ts'

survivesKills('postgres')
