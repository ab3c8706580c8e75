-- The sum is in no other index: the planner would prefer those, and test each message of the conversation for the words.
-- Each search reads what is pending, of which there were up to 4 MB; to keep so little of it costs a send nothing.
drop index messages_search;
create index messages_search on messages
  using gin ((conversation_id + 0), to_tsvector('russian', text), text gin_trgm_ops)
  with (gin_pending_list_limit = 256)
  where text is not null and deleted_at is null;

-- With all that counting needs: whoever has half a million messages to read has thousands of these to pass.
drop index messages_uncounted;
create index messages_uncounted on messages (conversation_id, seq) include (sender_id)
  where type = 'system' or deleted_at is not null;
