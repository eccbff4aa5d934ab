-- needed-by: 1.1.0
-- locks: items

alter table items add column unit text not null default 'piece';
