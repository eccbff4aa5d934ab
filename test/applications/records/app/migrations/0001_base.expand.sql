-- needed-by: 1.0.0

create table sessions (
  token_hash bytea primary key,
  user_name text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sessions_by_expiry on sessions (expires_at);

-- Records without a user are the archive: every user reads them, and they do not change.
create table records (
  id bigint generated always as identity primary key,
  user_name text,
  request_id text,
  patient_name text not null,
  note text not null,
  status text not null default 'open',
  created_at timestamptz not null default now(),
  constraint records_request unique (user_name, request_id),
  constraint records_status_text check (status in ('open', 'closed'))
);
create index records_by_user on records (user_name, id);

-- A row is an upload that readers see once it is complete; its bytes lie in the chunks, in order.
create table uploads (
  id uuid primary key,
  user_name text not null,
  bytes bigint,
  sha256 text,
  created_at timestamptz not null default now(),
  completed_at timestamptz
);
create index uploads_incomplete on uploads (created_at) where completed_at is null;

create table upload_chunks (
  upload_id uuid not null references uploads on delete cascade,
  position integer not null,
  content bytea not null,
  primary key (upload_id, position)
);
-- A device's recording does not get smaller by compression; trying costs time in each insert.
alter table upload_chunks alter column content set storage external;

create table measurements (
  id bigint generated always as identity primary key,
  user_name text not null,
  request_id text not null,
  seq bigint not null,
  value jsonb not null,
  created_at timestamptz not null default now(),
  constraint measurements_request unique (user_name, request_id)
);

-- The archive: what was there before the first release and has to stay readable through all of them.
insert into records (patient_name, note, status, created_at) values
  ('Anna Katharina Berger', 'Ventricular fibrillation, two shocks, sinus rhythm', 'closed', '2019-03-02 07:41:00+00'),
  ('Ōe', 'Device check, battery replaced', 'closed', '2019-03-02 09:15:00+00'),
  ('Jean-Luc  Moreau', 'Urgent: pads placed by bystander, no shock advised', 'closed', '2019-04-11 22:03:00+00'),
  ('María del Carmen Ruiz', 'Bradycardia, transport to hospital', 'closed', '2019-05-30 13:27:00+00'),
  ('Liam O''Connor', 'Urgent: asystole, compressions for 18 minutes', 'open', '2019-06-17 04:58:00+00');
