-- needed-by: 1.3.0
-- locks: records in share update exclusive

alter table records validate constraint records_status_present;
alter table records validate constraint records_status_exists;
