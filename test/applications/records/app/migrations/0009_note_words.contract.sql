-- dead-from: 1.4.0
-- locks: records

drop trigger records_note_words on records;
drop function records_add_note_words();
-- The validated check spares this the scan of the table.
alter table records alter column note_words set not null;
alter table records drop constraint records_note_words_present;
