-- needed-by: 1.0.0

create table items (
  id bigint generated always as identity primary key,
  name text not null,
  shelf text not null default 'top'
);
