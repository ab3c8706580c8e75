-- Files to delete: of an upload until its message commits, and of an erasure until they are gone.
create table doomed_blobs (
  blob_key text primary key,
  created_at timestamptz(3) not null default now()
);
create index doomed_blobs_age on doomed_blobs (created_at);
