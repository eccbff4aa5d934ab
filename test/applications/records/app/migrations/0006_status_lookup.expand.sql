-- needed-by: 1.3.0
-- locks: records
--
-- status becomes status_id, a row of a lookup table. The trigger keeps both in step while versions with either run.

create table record_statuses (
  id smallint primary key,
  name text not null unique
);
insert into record_statuses (id, name) values (1, 'open'), (2, 'closed');

alter table records add column status_id smallint;
alter table records add constraint records_status_present check (status_id is not null) not valid;
alter table records add constraint records_status_exists
  foreign key (status_id) references record_statuses (id) not valid;

-- On insert a status_id decides, because a version that knows it leaves status to its default.
create function records_keep_status_in_step() returns trigger language plpgsql as $$
begin
  if new.status_id is null or (tg_op = 'UPDATE' and new.status <> old.status) then
    new.status_id := (select s.id from record_statuses s where s.name = new.status);
  elsif tg_op = 'INSERT' or new.status_id <> old.status_id then
    new.status := (select s.name from record_statuses s where s.id = new.status_id);
  end if;
  return new;
end
$$;
create trigger records_status_in_step before insert or update on records
  for each row execute function records_keep_status_in_step();

-- backfill: records
-- key: id
-- The trigger does the work.
update records set status = status where id between $1 and $2 and status_id is null;
