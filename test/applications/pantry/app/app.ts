import { closeDatabase, query } from "../../../../skeleton/app/database";
import { type Reply, serve, VERSION } from "../../../../skeleton/app/server";
import { queriesOfVersion } from "./queries";

const queries = queriesOfVersion[VERSION.split("+")[0] as keyof typeof queriesOfVersion];

async function answer(method: string, path: string, body: string): Promise<Reply> {
  if (method === "POST" && path === "/items") {
    const [item] = await query(queries.add, [body]);
    return { status: 201, json: item };
  }
  if (path === "/items") return { status: 200, json: await query(queries.list) };
  const [item] = await query(queries.find, [path.replace("/items/", "")]);
  return item === undefined ? { status: 404 } : { status: 200, json: item };
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
