import {
  archivedResponse,
  joinedResponse,
  leftResponse,
  notificationsResponse,
  pinnedResponse,
  readResponse,
  unarchivedResponse,
  unpinnedResponse,
} from '@parley/wire/dialogs'
import {
  callerQuery,
  dialogParams,
  joinBody,
  neededScopeHeaders,
  notificationsBody,
  readBody,
} from '@parley/wire/dialogs-requests'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { ZodType } from 'zod'
import {
  joinDialog,
  leaveDialog,
  setArchived,
  setNotifications,
  setPinned,
} from '../../core/dialog-members.ts'
import { markRead } from '../../core/receipts.ts'
import type { Actor, Chat, ConversationId } from '../../core/types.ts'
import { as, asParticipant } from './errors.ts'
import { dialogIdOf, messageNamed } from './ids.ts'
import { badBody, conflict, missing, operation, refusals } from './scope.ts'
import type { Scope } from './scope.ts'

type Act = (chat: Chat, actor: Actor, id: ConversationId) => Promise<void>

interface Simple {
  summary: string
  status: string
  response: ZodType
  act: Act
}

/** What is done to a dialog without saying more. */
const SIMPLE: Record<string, Simple> = {
  leave: { summary: 'Leave a dialog', status: 'left', response: leftResponse, act: leaveDialog },
  archive: {
    summary: 'Put a dialog out of the way until somebody writes in it',
    status: 'archived',
    response: archivedResponse,
    act: (chat, actor, id) => setArchived(chat, actor, id, true),
  },
  unarchive: {
    summary: 'Bring an archived dialog back',
    status: 'unarchived',
    response: unarchivedResponse,
    act: (chat, actor, id) => setArchived(chat, actor, id, false),
  },
  pin: {
    summary: 'Pin a dialog',
    status: 'pinned',
    response: pinnedResponse,
    act: (chat, actor, id) => setPinned(chat, actor, id, true),
  },
  unpin: {
    summary: 'Unpin a dialog',
    status: 'unpinned',
    response: unpinnedResponse,
    act: (chat, actor, id) => setPinned(chat, actor, id, false),
  },
}

export const membershipRoutes: FastifyPluginAsyncZod<Scope> = async (app, { chat }) => {
  app.post(
    '/dialogs/:id/join',
    {
      schema: {
        ...operation('joinDialog', 'Join a dialog that is open to the caller', 'Dialogs'),
        headers: neededScopeHeaders,
        params: dialogParams,
        querystring: callerQuery,
        body: joinBody,
        response: { 200: joinedResponse, ...refusals, ...missing, ...badBody, ...conflict },
      },
    },
    async ({ actor, headers, params, body }) => {
      const profile = {
        displayName: body.display_name,
        company: body.company,
        email: body.email ?? null,
        phone: body.phone ?? null,
      }
      await joinDialog(chat, actor, dialogIdOf(params.id), profile, headers['x-scope-config']).catch(
        as({ not_found: 'DIALOG_NOT_FOUND', forbidden: 'SCOPE_MISMATCH', conflict: 'ALREADY_PARTICIPANT' }),
      )
      return { status: 'joined' as const, dialog_id: params.id }
    },
  )

  for (const [name, { summary, status, response, act }] of Object.entries(SIMPLE))
    app.post(
      `/dialogs/:id/${name}`,
      {
        schema: {
          ...operation(`${name}Dialog`, summary, 'Dialogs'),
          params: dialogParams,
          querystring: callerQuery,
          response: { 200: response, ...refusals, ...missing, ...badBody, ...conflict },
        },
      },
      async ({ actor, params }) => {
        await act(chat, actor, dialogIdOf(params.id)).catch(asParticipant)
        return { status, dialog_id: params.id }
      },
    )

  app.post(
    '/dialogs/:id/notifications',
    {
      schema: {
        ...operation('setNotifications', 'Hear of what is written while away, or not', 'Dialogs'),
        params: dialogParams,
        querystring: callerQuery,
        body: notificationsBody,
        response: { 200: notificationsResponse, ...refusals, ...missing, ...badBody },
      },
    },
    async ({ actor, params, body: { enabled } }) => {
      await setNotifications(chat, actor, dialogIdOf(params.id), enabled).catch(asParticipant)
      return { status: enabled ? ('enabled' as const) : ('disabled' as const), dialog_id: params.id }
    },
  )

  app.post(
    '/dialogs/:id/read',
    {
      schema: {
        ...operation('markRead', 'Mark everything up to a message as read', 'Dialogs'),
        params: dialogParams,
        querystring: callerQuery,
        body: readBody,
        response: { 200: readResponse, ...refusals, ...missing, ...badBody },
      },
    },
    async ({ actor, params, body }) => {
      const upTo = messageNamed('last_read_message_id', body.last_read_message_id)
      await markRead(chat, actor, dialogIdOf(params.id), upTo).catch(asParticipant)
      return { success: true as const }
    },
  )
}
