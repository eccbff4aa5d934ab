-- dead-from: 1.1.0
-- locks: records

drop trigger records_names_in_step on records;
drop function records_keep_names_in_step();
-- The validated check spares these the scan of the table.
alter table records alter column given_name set not null, alter column family_name set not null;
alter table records drop constraint records_names_present;
alter table records drop column patient_name;
