import { Client } from "pg";
import { databaseOf } from "./database-fault";
import type { FaultStage } from "./fault-stage";

/** Runs `work` in the application's database as its superuser, which on AWS only RDS itself is. */
export async function withOwnerClient<Result>(
  stage: Pick<FaultStage, "simulator">,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const [, server] = databaseOf(stage);
  const name = await connected(server.connectionString, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "SELECT datname AS name FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY oid",
    );
    return rows[0]?.name ?? "postgres";
  });
  const url = new URL(server.connectionString);
  url.pathname = `/${encodeURIComponent(name)}`;
  return connected(url.href, work);
}

async function connected<Result>(
  connectionString: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined); // A fault of the database may end the connection.
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
