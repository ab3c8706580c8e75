-- Times have millisecond precision, so that a JavaScript Date carries them without loss.

create extension if not exists pg_trgm;
create extension if not exists btree_gin;

-- What this database is, chosen once: the epoch of its event log and the secret of its cursors.
create table settings (
  name text primary key,
  value text not null
);
insert into settings (name, value) values
  ('epoch', replace(gen_random_uuid()::text, '-', '')),
  ('cursor_secret', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));

create table users (
  id text primary key check (length(id) between 1 and 255),
  display_name text not null,
  avatar_url text,
  role text not null default 'user' check (role in ('user', 'support', 'admin')),
  org_id text,
  last_seen_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  erased_at timestamptz(3)
);
create index users_org on users (org_id) where org_id is not null;
create index users_staff on users (role) where role <> 'user';

-- A session that the host application opened; only the hash of its cookie is kept.
create table sessions (
  id bytea primary key,
  user_id text not null references users (id) on delete cascade,
  csrf_hash bytea not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null
);
create index sessions_user on sessions (user_id);
create index sessions_expiry on sessions (expires_at);

-- The business objects that conversations are about: products, purchase requests, dialogs' objects.
create table subjects (
  type text not null,
  id text not null,
  title text,
  url text,
  owner_id text references users (id),
  details jsonb not null default '{}',
  primary key (type, id)
);

create table conversations (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('direct', 'group', 'channel', 'support')),
  visibility text not null default 'private' check (visibility in ('private', 'org')),
  history_mode text not null default 'all' check (history_mode in ('all', 'since_join')),
  org_id text,
  subject_type text,
  subject_id text,
  -- What must exist once only (a pair of users, product and buyer) carries its key.
  unique_key text unique,
  name text,
  description text,
  metadata jsonb not null default '{}',
  created_by text references users (id),
  -- Moved while the row is locked, so that the order of numbers is the order of commits, without gaps.
  message_seq bigint not null default 0,
  change_seq bigint not null default 0,
  last_message_id bigint,
  archived_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  foreign key (subject_type, subject_id) references subjects (type, id)
);
create index conversations_subject on conversations (subject_type, subject_id) where subject_type is not null;
create index conversations_org on conversations (org_id) where visibility = 'org';

create table members (
  conversation_id bigint not null references conversations (id),
  user_id text not null references users (id),
  role text not null default 'member' check (role in ('owner', 'admin', 'member')),
  joined_at timestamptz(3) not null default now(),
  joined_seq bigint not null default 0,
  left_at timestamptz(3),
  -- Read state: the last message read and delivered, and how many own messages came after the one read.
  read_id bigint not null default 0,
  read_seq bigint not null default 0,
  own_since_read bigint not null default 0,
  delivered_id bigint not null default 0,
  -- The member's own view of the conversation.
  hidden_at timestamptz(3),
  archived_at timestamptz(3),
  pinned_at timestamptz(3),
  starred boolean not null default false,
  muted_until timestamptz(3),
  notify_level text not null default 'all' check (notify_level in ('all', 'mentions', 'everyone', 'none')),
  primary key (conversation_id, user_id)
) with (fillfactor = 90);
create index members_user on members (user_id, conversation_id);

create table messages (
  id bigint generated always as identity primary key,
  conversation_id bigint not null references conversations (id),
  seq bigint not null,
  sender_id text references users (id),
  type text not null default 'text' check (type in ('text', 'image', 'file', 'system')),
  text text,
  html text,
  reply_to_id bigint,
  mentions text[] not null default '{}',
  link_previews jsonb not null default '[]',
  metadata jsonb not null default '{}',
  -- The sender's own key: the same key again is the same message.
  client_key text check (length(client_key) <= 255),
  created_at timestamptz(3) not null default now(),
  edited_at timestamptz(3),
  deleted_at timestamptz(3),
  pinned_at timestamptz(3),
  pinned_by text references users (id)
);
create unique index messages_conversation on messages (conversation_id, id);
create unique index messages_client_key on messages (conversation_id, sender_id, client_key) where client_key is not null;
-- Messages that nobody counts as unread; few, so that an unread count is two numbers less a short scan.
create index messages_uncounted on messages (conversation_id, seq) where type = 'system' or deleted_at is not null;
create index messages_pinned on messages (conversation_id, pinned_at) where pinned_at is not null;
create index messages_sender on messages (sender_id, conversation_id, id);
-- Words in Russian and English forms, and any substring, always within the conversations of the one who asks.
create index messages_search on messages
  using gin (conversation_id, to_tsvector('russian', text), text gin_trgm_ops)
  where text is not null and deleted_at is null;

create table attachments (
  id bigint generated always as identity primary key,
  conversation_id bigint not null references conversations (id),
  message_id bigint references messages (id),
  uploader_id text references users (id),
  blob_key text not null unique,
  thumbnail_key text,
  filename text not null,
  mime_type text not null,
  size bigint not null,
  width integer,
  height integer,
  created_at timestamptz(3) not null default now()
);
create index attachments_message on attachments (message_id);
create index attachments_conversation on attachments (conversation_id, id);

create table reactions (
  message_id bigint not null references messages (id),
  emoji text not null,
  user_id text not null references users (id),
  created_at timestamptz(3) not null default now(),
  primary key (message_id, emoji, user_id)
);

-- The event log. A row is written with the change it tells of, and numbered (`position`) once that has committed:
-- whoever remembers a position misses nothing, which no identity value written before the commit could promise.
create table events (
  id bigint generated always as identity primary key,
  position bigint unique,
  conversation_id bigint,
  change_seq bigint,
  type text not null,
  payload jsonb not null,
  recipients text[],
  org_id text,
  created_at timestamptz(3) not null default now()
);
create index events_unnumbered on events (id) where position is null;
create index events_conversation on events (conversation_id, position);

-- Where the log stands: its last position, and the last one that was pruned.
create table event_log (
  singleton boolean primary key default true check (singleton),
  head bigint not null default 0,
  pruned bigint not null default 0
);
insert into event_log default values;
