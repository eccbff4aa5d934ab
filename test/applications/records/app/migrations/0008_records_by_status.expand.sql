-- needed-by: 1.3.0
-- transaction: none

create index concurrently records_by_status on records (user_name, status_id, id);
