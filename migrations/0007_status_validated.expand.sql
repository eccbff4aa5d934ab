-- needed-by: 1.3.0

alter table records validate constraint records_status_present;
alter table records validate constraint records_status_exists;
