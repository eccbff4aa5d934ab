-- dead-from: 1.2.0
-- locks: records

drop trigger records_severity on records;
drop function records_add_severity();
-- The validated check spares this the scan of the table.
alter table records alter column severity set not null;
