-- needed-by: 1.2.0
-- locks: records in share update exclusive

alter table records validate constraint records_severity_known;
