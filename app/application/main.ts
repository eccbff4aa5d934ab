/** The application tier: sessions, records, uploads and measurements in Postgres. */

import { applicationSettings } from "../environment";
import type { RecordInput } from "../input";
import { launch, serve } from "../lifecycle";
import type { Ask, Release } from "../release";
import { createServer } from "../server";
import { Database } from "./database";
import { addRoutes } from "./routes";
import { DatabaseSecret } from "./secret";
import { startSweeper } from "./sweeper";

const HEALTH_LIMIT_MS = 2_000;

/** Says no when `work` fails, or has not come to an end within the limit. */
async function succeedsWithin(limitMs: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, limitMs, false);
  });
  const done = work.then(
    () => true,
    () => false,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

/** The entry of the bundle: one version of the tier. */
export function startApplication<Input extends RecordInput>(release: Release<Input>): Promise<void> {
  return launch(async () => {
    const settings = applicationSettings(process.env, release.version);
    const secret = await DatabaseSecret.read(settings.region, settings.database.secretArn);
    const server = createServer(settings, async () =>
      (await succeedsWithin(HEALTH_LIMIT_MS, ask("ping", [], HEALTH_LIMIT_MS)))
        ? undefined
        : "the database did not answer within 2 s",
    );
    const database = new Database(settings, secret, server.http.log);
    const ask: Ask = async (name, values, limitMs) => {
      const query = release.queries[name];
      if (query === undefined) throw new Error(`Version ${release.version} has no query ${name}.`);
      return database.query(name, query.sql, values, limitMs);
    };
    addRoutes(server.http, release, ask);
    const stopSweeper = startSweeper(ask, server.http.log);
    await serve(server, settings, {
      release: async () => {
        stopSweeper();
        await database.release();
        secret.release();
      },
    });
  });
}
