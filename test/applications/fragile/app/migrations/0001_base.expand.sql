-- needed-by: 1.0.0

create table lines (id bigint generated always as identity primary key, text text not null);
