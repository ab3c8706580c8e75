-- When an uploaded file was checked. Until a message has it, it is collected once it expires, like a ticket.
alter table attachments add column finalized_at timestamptz(3);
create index attachments_shared on attachments (conversation_id, message_id, id) where message_id is not null;
