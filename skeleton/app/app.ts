import { closeDatabase, query } from "./database";
import { queries } from "./queries";
import { type Reply, serve } from "./server";

async function answer(method: string, path: string, body: string): Promise<Reply> {
  if (method === "POST" && path === "/notes") {
    const { text } = JSON.parse(body) as { text?: unknown };
    if (typeof text !== "string") return { status: 400, json: { error: "text must be a text" } };
    const rows = await query(queries.addNote, [text]);
    return { status: 201, json: rows[0] };
  }
  const id = /^\/notes\/(\d{1,18})$/.exec(path)?.[1];
  if (method === "GET" && id !== undefined) {
    const rows = await query(queries.findNote, [id]);
    return rows.length === 0 ? { status: 404 } : { status: 200, json: rows[0] };
  }
  if (method === "GET" && path === "/notes") {
    const rows = await query(queries.latestNotes);
    return { status: 200, json: { notes: rows } };
  }
  return { status: 404, json: { error: `there is no ${method} ${path}` } };
}

serve({
  answer,
  isReady: () =>
    query(queries.ping).then(
      () => true,
      () => false,
    ),
  close: closeDatabase,
});
