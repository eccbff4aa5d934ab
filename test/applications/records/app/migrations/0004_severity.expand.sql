-- needed-by: 1.2.0
-- locks: records
--
-- A required severity. Versions that do not know it get it from the word that people used to put first.

alter table records add column severity text;
alter table records add constraint records_severity_known
  check (severity is not null and severity in ('routine', 'urgent')) not valid;

create function records_add_severity() returns trigger language plpgsql as $$
begin
  if new.severity is null then
    new.severity := case when new.note ilike 'urgent%' then 'urgent' else 'routine' end;
  end if;
  return new;
end
$$;
create trigger records_severity before insert or update on records
  for each row execute function records_add_severity();

-- backfill: records
-- key: id
-- The trigger does the work.
update records set note = note where id between $1 and $2 and severity is null;
