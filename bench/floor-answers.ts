export interface SendBody {
  text?: string
  content?: string
  conversationId?: string
}

/** What each dialect answers to who has sent a message. */
export const ANSWERS = {
  marketplace: (id: number, { text }: SendBody) => ({
    data: {
      id,
      conversation_id: 7,
      sender_id: 1,
      type: 'text',
      text,
      image_url: null,
      image_thumbnail: null,
      status: 'sent',
      created_at: '2026-02-11T18:51:59+00:00',
    },
  }),
  rooms: (id: number, { content }: SendBody) => ({
    success: true,
    data: {
      message: {
        _id: String(id),
        chatId: '7',
        senderId: '1',
        type: 'text',
        content,
        replyToMessageId: null,
        attachments: [],
        metadata: {},
        readBy: ['1'],
        editedAt: null,
        deletedAt: null,
        timestamp: '2026-02-11T18:51:59.042Z',
      },
    },
  }),
  workspace: (id: number, { content, conversationId }: SendBody) => ({
    data: {
      id: String(id),
      conversationId,
      seq: id,
      senderId: '1',
      type: 'text',
      content,
      clientMsgId: null,
      replyToId: null,
      mentions: [],
      attachments: [],
      linkPreviews: [],
      reactions: [],
      pinnedAt: null,
      editedAt: null,
      deletedAt: null,
      createdAt: '2026-02-11T18:51:59.042Z',
    },
  }),
}
