-- What the host application is still to be told, once for each of its addresses. Texts are read when they are sent, so
-- that what was erased meanwhile is told to nobody.
create table webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  nth bigint generated always as identity,
  url text not null,
  type text not null,
  conversation_id bigint not null,
  message_id bigint,
  user_id text,
  happened_at timestamptz(3) not null,
  attempts integer not null default 0,
  created_at timestamptz(3) not null default now(),
  -- While somebody sends it this lies ahead; rounded, it might from the start.
  due_at timestamptz not null default now()
);
create index webhook_deliveries_due on webhook_deliveries (url, due_at, nth);
