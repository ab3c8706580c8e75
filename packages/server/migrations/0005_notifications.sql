-- Who follows the event log at a pace of their own, up to where they have come. Only those that are enabled keep it
-- from being pruned.
create table log_consumers (
  name text primary key,
  position bigint not null,
  enabled boolean not null default true
);

-- Who is connected to which process, as each writes it down; of one that is no longer alive it means nothing.
create table processes (
  id uuid primary key,
  alive_at timestamptz(3) not null default now()
);
create table connected_users (
  process_id uuid not null references processes (id) on delete cascade,
  user_id text not null,
  primary key (user_id, process_id)
);
create index connected_users_process on connected_users (process_id);

-- Messages to users who were not connected, until the host application has told them. Without foreign keys: there may
-- be thousands of rows for one message, and to check each would wait for whoever is writing in the conversation.
create table notifications (
  id bigint generated always as identity primary key,
  user_id text not null,
  conversation_id bigint not null,
  message_id bigint not null,
  created_at timestamptz(3) not null default now(),
  -- While somebody has taken it this lies ahead; rounded, it might from the start.
  due_at timestamptz not null default now(),
  unique (message_id, user_id)
);
create index notifications_due on notifications (due_at, id);
create index notifications_age on notifications (created_at);
