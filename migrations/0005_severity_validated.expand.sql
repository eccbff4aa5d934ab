-- needed-by: 1.2.0

alter table records validate constraint records_severity_known;
