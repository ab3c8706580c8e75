-- Where a member's view of the messages begins, in a conversation that shows newcomers nothing older.
alter table members add column joined_id bigint not null default 0;
-- Who sees a conversation again when somebody writes in it: few, even among thousands of members.
create index members_hidden on members (conversation_id) where hidden_at is not null;

create index messages_mentions on messages using gin (conversation_id, mentions) where mentions <> '{}';
create index events_org on events (org_id, position) where org_id is not null;

-- A ticket to upload a file, until the file has been checked.
alter table attachments add column expires_at timestamptz(3);
create index attachments_tickets on attachments (expires_at) where expires_at is not null;

-- What users say of themselves; whether they are here at all is another matter.
alter table users add column status text not null default 'online'
  check (status in ('online', 'away', 'busy', 'offline'));

-- Messages whose links are still to be looked at.
create table link_preview_jobs (
  message_id bigint primary key references messages (id) on delete cascade,
  attempts integer not null default 0,
  due_at timestamptz(3) not null default now()
);
create index link_preview_jobs_due on link_preview_jobs (due_at);
