-- The sum is in no other index: the planner would prefer those, and pass a whole conversation to count who is named in it.
-- All messages are read once to make it, a minute for tens of millions. Each count read what was pending, of which there were up to 4 MB.
drop index messages_mentions;
create index messages_mentions on messages using gin ((conversation_id + 0), mentions)
  with (fastupdate = off) where mentions <> '{}';
