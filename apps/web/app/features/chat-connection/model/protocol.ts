/** 'connecting' covers every reconnect; 'unauthorized' is final: sign in again. */
export type ConnectionState = 'connecting' | 'connected' | 'unauthorized'

/** How close a tab is to the person, the closest last. */
export const attentions = ['hidden', 'visible', 'focused'] as const
export type Attention = (typeof attentions)[number]

/** What a tab tells the hub, which holds the one socket of all tabs. */
export type ToHub =
  /** `lock` is held by the tab for as long as it lives; null where there are no locks. */
  | { type: 'join'; url: string; lock: string | null; attention: Attention }
  | { type: 'attention'; attention: Attention }
  | { type: 'reconnect' }
  | { type: 'leave' }

/** What the hub tells a tab. */
export type ToTab =
  /** `lock` is held by the hub for as long as it lives; null where the tab will hear of a new one. */
  | { type: 'welcome'; lock: string | null }
  | { type: 'state'; state: ConnectionState }
  /** What was missed is not known: fetch anew. */
  | { type: 'gap' }
  /** `first` is true for one tab alone. */
  | { type: 'event'; event: unknown; first: boolean }
