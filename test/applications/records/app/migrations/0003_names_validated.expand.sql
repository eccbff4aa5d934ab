-- needed-by: 1.1.0
-- locks: records in share update exclusive
--
-- In a transaction of its own: the scan then holds a lock that neither readers nor writers notice.

alter table records validate constraint records_names_present;
