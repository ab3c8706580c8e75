import {
  dialogByObjectResponse,
  dialogListResponse,
  dialogResponse,
  participantListResponse,
} from '@parley/wire/dialogs'
import {
  callerQuery,
  dialogListQuery,
  dialogParams,
  objectListQuery,
  objectParams,
  scopeHeaders,
} from '@parley/wire/dialogs-requests'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { listDialogParticipants } from '../../core/dialog-members.ts'
import { findDialogAbout, getDialog, listDialogs } from '../../core/dialogs.ts'
import type { Scopes } from '../../core/dialogs.ts'
import { ChatError } from '../../core/errors.ts'
import { as } from './errors.ts'
import { dialogIdOf } from './ids.ts'
import { missing, operation, refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { dialogListItemView, dialogView, participantView } from './views.ts'

const MOST_LISTED = 100
/** For whoever looks at a dialog. */
const asOnlooker = as({ not_found: 'DIALOG_NOT_FOUND', forbidden: 'SCOPE_MISMATCH' })

export const dialogRoutes: FastifyPluginAsyncZod<Scope> = async (app, { chat }) => {
  app.get(
    '/dialogs',
    {
      schema: {
        ...operation(
          'listDialogs',
          'List the own dialogs, or those to join, the last created first',
          'Dialogs',
        ),
        headers: scopeHeaders,
        querystring: dialogListQuery,
        response: { 200: dialogListResponse, ...refusals },
      },
    },
    async ({ actor, headers, query }) => {
      const { type, search, archived, limit, offset } = query
      const scopes = scopesFor(type, headers['x-scope-config'])
      const dialogs = await listDialogs(chat, actor, { type, search, archived, scopes, limit, offset })
      return { data: dialogs.map(dialogListItemView) }
    },
  )

  app.get(
    '/dialogs/by-object/:type/:id',
    {
      schema: {
        ...operation('getDialogByObject', 'Get the newest dialog about something', 'Dialogs'),
        headers: scopeHeaders,
        params: objectParams,
        querystring: callerQuery,
        response: { 200: dialogByObjectResponse, ...refusals },
      },
    },
    async ({ actor, headers, params: about }) => {
      const dialog = await findDialogAbout(chat, actor, about, headers['x-scope-config'] ?? null)
      return { data: dialog && dialogListItemView(dialog) }
    },
  )

  app.get(
    '/dialogs/by-object/:type/:id/list',
    {
      schema: {
        ...operation('listDialogsByObject', 'List the dialogs about something', 'Dialogs'),
        headers: scopeHeaders,
        params: objectParams,
        querystring: objectListQuery,
        response: { 200: dialogListResponse, ...refusals },
      },
    },
    async ({ actor, headers, params: about, query: { type, search, archived } }) => {
      const scopes = scopesFor(type, headers['x-scope-config'])
      const page = { limit: MOST_LISTED, offset: 0 }
      const dialogs = await listDialogs(chat, actor, { type, search, archived, about, scopes, ...page })
      return { data: dialogs.map(dialogListItemView) }
    },
  )

  app.get(
    '/dialogs/:id',
    {
      schema: {
        ...operation('getDialog', 'Get a dialog', 'Dialogs'),
        headers: scopeHeaders,
        params: dialogParams,
        querystring: callerQuery,
        response: { 200: dialogResponse, ...refusals, ...missing },
      },
    },
    async ({ actor, headers, params }) => {
      const scopes = headers['x-scope-config'] ?? null
      const dialog = await getDialog(chat, actor, dialogIdOf(params.id), scopes).catch(asOnlooker)
      return { data: dialogView(dialog, new Set(chat.presence.here())) }
    },
  )

  app.get(
    '/dialogs/:id/participants',
    {
      schema: {
        ...operation('listParticipants', 'List who is in a dialog, the longest there first', 'Dialogs'),
        headers: scopeHeaders,
        params: dialogParams,
        querystring: callerQuery,
        response: { 200: participantListResponse, ...refusals, ...missing },
      },
    },
    async ({ actor, headers, params }) => {
      const scopes = headers['x-scope-config'] ?? null
      const listing = listDialogParticipants(chat, actor, dialogIdOf(params.id), scopes)
      const { participants, isParticipant } = await listing.catch(asOnlooker)
      // Presence is for those who share a dialog.
      const here = new Set(isParticipant ? chat.presence.here() : [])
      return { data: participants.map((participant) => participantView(participant, here)) }
    },
  )
}

function scopesFor(type: 'participating' | 'available', scopes: Scopes | undefined): Scopes | null {
  if (type === 'available' && !scopes) throw new ChatError('invalid', 'is required', 'x-scope-config')
  return scopes ?? null
}
