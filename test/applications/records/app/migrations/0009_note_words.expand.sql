-- needed-by: 1.4.0
-- locks: records
--
-- The words of a note, for the search. Versions that do not know them get them from the trigger.

alter table records add column note_words tsvector;
alter table records add constraint records_note_words_present check (note_words is not null) not valid;

create function records_add_note_words() returns trigger language plpgsql as $$
begin
  if new.note_words is null or (tg_op = 'UPDATE' and new.note <> old.note) then
    new.note_words := to_tsvector('simple', new.note);
  end if;
  return new;
end
$$;
create trigger records_note_words before insert or update on records
  for each row execute function records_add_note_words();

-- backfill: records
-- key: id
-- The trigger does the work.
update records set note = note where id between $1 and $2 and note_words is null;
