type Permission =
  | `allow_subscribe_for_${'client' | 'anonymous'}`
  | `allow_${'publish' | 'history' | 'presence'}_for_${'client' | 'subscriber' | 'anonymous'}`

type Flag =
  | 'presence'
  | 'join_leave'
  | 'force_push_join_leave'
  | 'force_positioning'
  | 'allow_positioning'
  | 'force_recovery'
  | 'allow_recovery'
  | 'delta_publish'
  | 'allow_tags_filter'
  | 'allow_user_limited_channels'
  | Permission

/**
 * How the channels of one namespace behave, by the names and rules of Centrifugo (centrifugal.dev, "Channels and
 * namespaces"). Everything is off by default. Durations are texts such as `300s`, `10m` and `720h`.
 */
export type ChannelOptions = Partial<Record<Flag, boolean>> & {
  /** Needs `history_ttl`. Recovery, positioning and deltas need history. */
  history_size?: number
  /** Publications go when nothing has been published for so long. */
  history_ttl?: string
  /** Then the epoch and the offset go too; `channel.history_meta_ttl` unless set. */
  history_meta_ttl?: string
  /** `stream` sends all that was missed, `cache` the newest publication only. */
  force_recovery_mode?: 'stream' | 'cache'
  allowed_delta_types?: 'fossil'[]
  /** Names must match it, without their namespace; by default they are printable ASCII. */
  channel_regex?: string
  /** What may be published; anything by default. */
  publication_data_format?: '' | 'json' | 'json_object' | 'binary'
}

export interface Namespace extends ChannelOptions {
  name: string
}

/** As the `channel` block of a Centrifugo configuration. */
export interface ChannelsConfig {
  /** For names without a colon. */
  without_namespace?: ChannelOptions
  /** For names that begin with `name:`. */
  namespaces?: Namespace[]
  /** 720h. */
  history_meta_ttl?: string
}
