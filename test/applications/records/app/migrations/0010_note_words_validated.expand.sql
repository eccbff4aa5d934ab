-- needed-by: 1.4.0
-- locks: records in share update exclusive

alter table records validate constraint records_note_words_present;
