-- dead-from: 1.1.0
-- locks: items

alter table items drop column shelf;
