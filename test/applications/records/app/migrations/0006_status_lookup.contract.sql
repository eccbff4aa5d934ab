-- dead-from: 1.3.0
-- locks: records

drop trigger records_status_in_step on records;
drop function records_keep_status_in_step();
-- The validated check spares this the scan of the table.
alter table records alter column status_id set not null;
alter table records drop constraint records_status_present;
alter table records drop column status;
