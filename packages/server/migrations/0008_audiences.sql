-- Who was present in a private conversation, written once however many events concern them. The current one has no end;
-- there is none where nothing has happened since somebody came or went.
create table audiences (
  id bigint generated always as identity primary key,
  conversation_id bigint not null references conversations (id),
  user_ids text[] not null,
  ended_at timestamptz(3)
);
create unique index audiences_current on audiences (conversation_id) where ended_at is null;
create index audiences_ended on audiences (ended_at) where ended_at is not null;

alter table events add audience_id bigint;

-- Whoever has left hears nothing more, whoever's statement it was.
create function end_audience() returns trigger language plpgsql as $$
begin
  update audiences set ended_at = clock_timestamp()
  where conversation_id = coalesce(new.conversation_id, old.conversation_id) and ended_at is null;
  return null;
end $$;
create trigger members_came after insert or delete on members for each row execute function end_audience();
create trigger members_moved after update of left_at on members for each row
  when (old.left_at is distinct from new.left_at) execute function end_audience();
