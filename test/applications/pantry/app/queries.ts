const reading = {
  ping: "select 1 as answer",
  find: "select id, name from items where id = $1",
  list: "select id, name from items order by id desc limit 20",
};

/** 1.0.0 names a shelf, which 1.1.0 no longer has. */
export const queriesOfVersion = {
  "1.0.0": { ...reading, add: "insert into items (name, shelf) values ($1, 'top') returning id" },
  "1.1.0": { ...reading, add: "insert into items (name, unit) values ($1, 'piece') returning id" },
};
