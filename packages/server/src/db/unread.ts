/**
 * Messages that count as unread, for a row `m` of members and its row `c` of conversations: all since the one read,
 * less the member's own, less those of others that nobody counts (deleted, system). No message is visited but
 * those few last ones.
 */
export const unreadCount = (m: string, c: string) =>
  `(${c}.message_seq - ${m}.read_seq - ${m}.own_since_read - (
     select count(*) from messages x
     where x.conversation_id = ${c}.id and x.seq > ${m}.read_seq
       and (x.type = 'system' or x.deleted_at is not null) and x.sender_id is distinct from ${m}.user_id))`

/** Those of them that name the member; the first condition is the one of the index. */
export const unreadMentions = (m: string, c: string) =>
  `(select count(*) from messages x
     where x.mentions <> '{}' and x.conversation_id = ${c}.id and x.mentions @> array[${m}.user_id]
       and x.seq > ${m}.read_seq and x.deleted_at is null and x.sender_id is distinct from ${m}.user_id)`
