-- How many messages that nobody counts as unread each stretch of 4,096 numbers of a conversation has: whoever has half a
-- million to read need not pass thousands of these. Only such messages are read, in their index, and nobody writes meanwhile.
lock table messages, members in share row exclusive mode;
create table uncounted (
  conversation_id bigint not null,
  stretch bigint not null,
  count bigint not null,
  primary key (conversation_id, stretch)
);
insert into uncounted
  select conversation_id, seq >> 12, count(*) from messages
  where type = 'system' or deleted_at is not null
  group by 1, 2 order by 1, 2;

-- Of the member's own messages only those that would count are counted now, so that none is subtracted twice.
update members m set own_since_read = own_since_read - x.count
from (
  select m.conversation_id, m.user_id, count(*)
  from messages x join members m on m.conversation_id = x.conversation_id and m.user_id = x.sender_id
  where (x.type = 'system' or x.deleted_at is not null) and x.seq > m.read_seq
  group by 1, 2
) x
where m.conversation_id = x.conversation_id and m.user_id = x.user_id;

create function pass_over() returns trigger language plpgsql as $$
begin
  insert into uncounted as u values (new.conversation_id, new.seq >> 12, 1)
  on conflict (conversation_id, stretch) do update set count = u.count + 1;
  if tg_op = 'UPDATE' then
    update members set own_since_read = own_since_read - 1
    where conversation_id = new.conversation_id and user_id = new.sender_id and read_seq < new.seq and own_since_read > 0;
  end if;
  return null;
end $$;

-- Whatever statement it is that writes or deletes them; all others pass at no cost.
create trigger messages_came_uncounted after insert on messages for each row
  when (new.type = 'system' or new.deleted_at is not null) execute function pass_over();
create trigger messages_deleted after update of deleted_at on messages for each row
  when (old.type <> 'system' and old.deleted_at is null and new.deleted_at is not null) execute function pass_over();
