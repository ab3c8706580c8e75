import type { ChannelOverride } from '../hooks.ts'
import {
  anyText,
  base64,
  flag,
  integer,
  json,
  list,
  mustBe,
  object,
  optional,
  optionalNatural,
  optionalText,
  text,
  type Field,
} from './fields.ts'
import { method } from './method.ts'
import { position } from './publications.ts'

/** Of nobody known the id is empty. */
const user = anyText
const which = { client: optionalText, session: optionalText }
const wrappedFlag = optional(object({ value: optional(flag) }))

const wrappedFlags = object({
  presence: wrappedFlag,
  join_leave: wrappedFlag,
  force_push_join_leave: wrappedFlag,
  force_positioning: wrappedFlag,
  force_recovery: wrappedFlag,
} satisfies Record<keyof ChannelOverride, unknown>)

/** `{"presence":{"value":true}}`: what is not named stays as the namespace says. */
const override: Field<ChannelOverride> = (value, name) => {
  const given = Object.entries(wrappedFlags(value, name)).filter(([, wrapped]) => wrapped !== undefined)
  return Object.fromEntries(given.map(([option, wrapped]) => [option, wrapped?.value ?? false]))
}

const closeCode: Field<number> = (value, name) => {
  const code = integer(value, name)
  if (code < 3000 || code > 4999) throw mustBe(name, 'within 3000 and 4999')
  return code
}

export const subscribe = method(
  {
    user,
    channel: text,
    ...which,
    info: json,
    b64info: optional(base64),
    data: json,
    b64data: optional(base64),
    recover_since: optional(position),
    expire_at: optionalNatural,
    override: optional(override),
  },
  async ({ centrifuge }, request) => {
    await centrifuge.subscribe(request.user, request.channel, {
      client: request.client,
      session: request.session,
      info: request.b64info ?? request.info ?? undefined,
      data: request.b64data ?? request.data ?? undefined,
      recoverSince: request.recover_since,
      expireAt: request.expire_at,
      override: request.override,
    })
    return {}
  },
)

export const unsubscribe = method({ user, channel: text, ...which }, ({ centrifuge }, request) => {
  centrifuge.unsubscribe(request.user, request.channel, { client: request.client, session: request.session })
  return {}
})

export const disconnect = method(
  {
    user,
    ...which,
    whitelist: optional(list(anyText)),
    disconnect: optional(object({ code: closeCode, reason: anyText })),
  },
  ({ centrifuge }, request) => {
    const { client, session, whitelist: except } = request
    centrifuge.disconnect({ user: request.user, client, session, except }, request.disconnect)
    return {}
  },
)

export const refresh = method(
  { user, ...which, expired: optional(flag), expire_at: optionalNatural, info: json },
  ({ centrifuge }, request) => {
    const { client, session, expired, info, expire_at: expireAt } = request
    centrifuge.refresh(request.user, { client, session, expired, info: info ?? undefined, expireAt })
    return {}
  },
)
