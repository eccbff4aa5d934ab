-- needed-by: 1.1.0
-- locks: records
--
-- patient_name becomes given_name and family_name. While versions with either shape run, the trigger keeps both in step;
-- whatever one of them writes, the other reads, also after a rollback.

alter table records add column given_name text, add column family_name text;
alter table records add constraint records_names_present
  check (given_name is not null and family_name is not null) not valid;

-- The split is at the last blank; a name without one is a family name. Joining gives back the very same text.
create function records_keep_names_in_step() returns trigger language plpgsql as $$
begin
  if new.patient_name is null or (tg_op = 'UPDATE' and new.patient_name = old.patient_name
      and (new.given_name, new.family_name) is distinct from (old.given_name, old.family_name)) then
    new.patient_name := case when new.given_name = '' then new.family_name
                             else new.given_name || ' ' || new.family_name end;
  elsif new.family_name is null or (tg_op = 'UPDATE' and new.patient_name <> old.patient_name) then
    new.family_name := substring(new.patient_name from '[^ ]*$');
    new.given_name := left(new.patient_name, greatest(length(new.patient_name) - length(new.family_name) - 1, 0));
  end if;
  return new;
end
$$;
create trigger records_names_in_step before insert or update on records
  for each row execute function records_keep_names_in_step();

-- backfill: records
-- key: id
-- The trigger does the work.
update records set patient_name = patient_name where id between $1 and $2 and family_name is null;
