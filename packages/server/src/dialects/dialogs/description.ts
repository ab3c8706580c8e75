import {
  dialogsClientMessages as client,
  dialogsHandshake,
  dialogsServerEvents as server,
} from '@parley/wire/dialogs-events'
import type { SocketDescription } from '../../http/asyncapi.ts'

export const dialogsDescription = {
  name: 'dialogs',
  title: 'Dialogs',
  description:
    'Conversations about business objects, over a WebSocket of frames that are JSON objects with a `type`. REST is at `/api/v1`.',
  frames: { address: '/api/v1/ws', query: dialogsHandshake },
  schemas: {},
  clientEvents: {
    ping: { summary: 'Stay online for another minute.', payload: client.ping },
    subscribe: { summary: 'Hear everything of a dialog, as at first.', payload: client.subscribe },
    unsubscribe: {
      summary: 'Hear no more of what nothing but an open dialog shows.',
      payload: client.unsubscribe,
    },
  },
  serverEvents: {
    connected: { summary: 'The first frame: whose the connection is.', payload: server.connected },
    'message.new': { summary: 'Somebody wrote in a dialog.', payload: server['message.new'] },
    'message.edited': { summary: 'A message is another from now on.', payload: server['message.edited'] },
    'message.deleted': { summary: 'A message was deleted.', payload: server['message.deleted'] },
    'message.read': {
      summary: 'Somebody has read a dialog, up to and with this message.',
      payload: server['message.read'],
    },
    'participant.joined': {
      summary: 'Somebody is in a dialog from now on: of a new dialog, oneself.',
      payload: server['participant.joined'],
    },
    'participant.left': {
      summary: 'Somebody left a dialog or was removed, who hears it too.',
      payload: server['participant.left'],
    },
    'dialog.archived': {
      summary: 'A dialog was put out of the way, by oneself or because nobody wrote.',
      payload: server['dialog.archived'],
    },
    'dialog.unarchived': {
      summary: 'It is back, by oneself or because somebody wrote.',
      payload: server['dialog.unarchived'],
    },
    'presence.update': {
      summary: 'Somebody with whom one shares a dialog came or went.',
      payload: server['presence.update'],
    },
    pong: { summary: 'The answer to a ping.', payload: server.pong },
    error: { summary: 'A frame of this client was refused.', payload: server.error },
  } satisfies Record<keyof typeof server, object>,
} satisfies SocketDescription
