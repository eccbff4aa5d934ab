-- needed-by: 1.0.0

create type severity as enum ('routine', 'urgent');
create type address as (street text, city text);
create domain short_text as text check (length(value) <= 80);
create domain plain_text as text;
create sequence ticket_numbers;

create table patients (
  id bigint generated always as identity primary key,
  name text not null,
  code varchar(20),
  phone varchar(40) unique,
  weight numeric(5, 1),
  born date,
  seen_at timestamp(3),
  called_at timestamptz(3),
  stay interval(3),
  severity severity not null default 'routine',
  note text,
  network cidr,
  flags varbit(8),
  nickname plain_text,
  initials char(3),
  age integer,
  doctor_id bigint,
  constraint patients_age check (age >= 0),
  constraint patients_born check (born is not null and born > '1850-01-01')
);
create index patients_by_note on patients (note);

create table doctors (
  id bigint primary key,
  name text not null,
  email text,
  room integer
);
create unique index doctors_email on doctors (email);

create table visits (
  id bigint generated always as identity primary key,
  patient_id bigint not null references patients on delete cascade,
  doctor_id bigint constraint visits_doctor references doctors,
  day date not null,
  summary text,
  place address
);
create index visits_by_day on visits (day);

create table measurements (id bigint, taken date not null, value double precision) partition by range (taken);
create table measurements_2024 partition of measurements for values from ('2024-01-01') to ('2025-01-01');
create table measurements_2025 (id bigint, taken date not null, value double precision);
create table measurements_2026 (
  id bigint,
  taken date not null,
  value double precision,
  constraint measurements_2026_bounds check (taken >= '2026-01-01' and taken < '2027-01-01')
);
create table events (id bigint, day date not null) partition by range (day);
create table events_other partition of events default;

create table former_doctors (like doctors);
create table trainees () inherits (former_doctors);

create view open_visits as select id, patient_id from visits;
create materialized view visit_counts as select patient_id, count(*) as visits from visits group by patient_id;

create function steady_code(text) returns text language sql immutable as $$ select upper($1) $$;
create function random_code() returns text language sql as $$ select md5(random()::text) $$;
create function trim_name() returns trigger language plpgsql as $$
begin
  new.name := trim(new.name);
  return new;
end
$$;
create function reject_empty() returns trigger language plpgsql as $$
begin
  if new.name = '' then
    raise exception 'a name is needed';
  end if;
  return new;
end
$$;
create procedure index_everything() language plpgsql as $$
begin
  create index patients_by_age on patients (age);
end
$$;
create trigger doctors_name before insert or update on doctors for each row execute function trim_name();
