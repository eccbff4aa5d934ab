/** All statements of this version. The compatibility check prepares each before a migration may run. */
export const queries = {
  ping: "select 1 as answer",
  addNote: "insert into notes (text) values ($1) returning id, text",
  findNote: "select id, text from notes where id = $1",
  latestNotes: "select id, text from notes order by id desc limit 20",
};
