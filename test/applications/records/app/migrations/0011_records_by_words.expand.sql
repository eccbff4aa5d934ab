-- needed-by: 1.4.0
-- transaction: none

create index concurrently records_by_words on records using gin (note_words);
