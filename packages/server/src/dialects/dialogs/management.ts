import { managedDialogListResponse, managedDialogResponse } from '@parley/wire/dialogs'
import {
  accessScopesBody,
  createDialogBody,
  dialogParams,
  participantBody,
  participantParams,
  searchDialogsBody,
} from '@parley/wire/dialogs-requests'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import {
  addParticipant,
  createDialog,
  deleteDialog,
  getManaged,
  removeParticipant,
  searchDialogs,
  setScopes,
} from '../../core/dialog-management.ts'
import type { ManagedDialog, ParticipantInput } from '../../core/dialog-management.ts'
import type { Chat } from '../../core/types.ts'
import { as } from './errors.ts'
import { dialogIdOf } from './ids.ts'
import { badBody, done, missing, operation, refusals } from './scope.ts'
import { managedDialogView } from './views.ts'

const managing = (operationId: string, summary: string) => ({
  ...operation(operationId, summary, 'Management'),
  security: [{ admin: [] }],
})

const asManager = as({ not_found: 'DIALOG_NOT_FOUND' })

/** For the host application's back end, on nobody's behalf. */
export const managementRoutes: FastifyPluginAsyncZod<{ chat: Chat }> = async (app, { chat }) => {
  const view = (dialog: ManagedDialog) => managedDialogView(dialog, new Set(chat.presence.here()))
  const show = async (uuid: string) => view(await getManaged(chat, dialogIdOf(uuid)).catch(asManager))

  app.post(
    '/dialogs',
    {
      schema: {
        ...managing('createDialog', 'Start a dialog about something'),
        body: createDialogBody,
        response: { 200: managedDialogResponse, ...refusals, ...badBody },
      },
    },
    async ({ body }) => {
      const { object_type: type, object_id: id, title = null, object_url: url = null } = body
      const dialog = await createDialog(chat, {
        subject: { type, id, title, url },
        participants: body.participants.map(participantInput),
        scopes: body.access_scopes,
        metadata: body.meta ?? {},
      })
      return { data: view(dialog) }
    },
  )

  app.post(
    '/dialogs/search',
    {
      schema: {
        ...managing('searchDialogs', 'Find dialogs about something that are open to just these'),
        body: searchDialogsBody,
        response: { 200: managedDialogListResponse, ...refusals, ...badBody },
      },
    },
    async ({ body: { object_type: type, object_id: id, access_scopes: scopes } }) => {
      const dialogs = await searchDialogs(chat, { about: { type, id }, scopes })
      return { data: dialogs.map(view) }
    },
  )

  app.get(
    '/dialogs/:id',
    {
      schema: {
        ...managing('getManagedDialog', 'Get a dialog'),
        params: dialogParams,
        response: { 200: managedDialogResponse, ...refusals, ...missing },
      },
    },
    async ({ params }) => ({ data: await show(params.id) }),
  )

  app.delete(
    '/dialogs/:id',
    {
      schema: {
        ...managing('deleteDialog', 'Delete a dialog with all that was said in it'),
        params: dialogParams,
        response: { ...done, ...refusals, ...missing },
      },
    },
    async ({ params }, reply) => {
      await deleteDialog(chat, dialogIdOf(params.id)).catch(asManager)
      return reply.code(204).send(undefined)
    },
  )

  app.post(
    '/dialogs/:id/participants',
    {
      schema: {
        ...managing('addParticipant', 'Add somebody to a dialog'),
        params: dialogParams,
        body: participantBody,
        response: { 201: managedDialogResponse, ...refusals, ...missing, ...badBody },
      },
    },
    async ({ params, body }, reply) => {
      await addParticipant(chat, dialogIdOf(params.id), participantInput(body)).catch(asManager)
      return reply.code(201).send({ data: await show(params.id) })
    },
  )

  app.delete(
    '/dialogs/:id/participants/:user_id',
    {
      schema: {
        ...managing('removeParticipant', 'Remove somebody from a dialog'),
        params: participantParams,
        response: { ...done, ...refusals, ...missing },
      },
    },
    async ({ params }, reply) => {
      await removeParticipant(chat, dialogIdOf(params.id), params.user_id).catch(asManager)
      return reply.code(204).send(undefined)
    },
  )

  app.put(
    '/dialogs/:id/access-scopes',
    {
      schema: {
        ...managing('setAccessScopes', 'Say whom a dialog is open to'),
        params: dialogParams,
        body: accessScopesBody,
        response: { 200: managedDialogResponse, ...refusals, ...missing, ...badBody },
      },
    },
    async ({ params, body }) => {
      await setScopes(chat, dialogIdOf(params.id), body.access_scopes).catch(asManager)
      return { data: await show(params.id) }
    },
  )
}

const participantInput = ({
  user_id: userId,
  display_name: displayName,
  company,
  email,
  phone,
}: z.output<typeof participantBody>): ParticipantInput => ({
  userId,
  displayName,
  company: company ?? null,
  email: email ?? null,
  phone: phone ?? null,
})
