-- What is pending is put in by a job, soon after: whoever sends does so only where that comes late. 4 MB, the default.
alter index messages_search reset (gin_pending_list_limit);
