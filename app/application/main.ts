import { applicationSettings } from "../environment";
import type { RecordInput } from "../input";
import { launch, serve } from "../lifecycle";
import { createServer } from "../server";
import type { RunQuery, VersionDefinition } from "../version-definition";
import { DatabasePool } from "./database";
import { addRoutes } from "./routes";
import { DatabaseSecret } from "./secret";
import { startSweeper } from "./sweeper";

const READINESS_LIMIT_MS = 2_000;

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

/**
 * Starts one version of the application tier, which stores sessions, records, uploads and measurements in Postgres.
 */
export function startApplication<Input extends RecordInput>(
  release: VersionDefinition<Input>,
): Promise<void> {
  return launch(async () => {
    const settings = applicationSettings(process.env, release.version);
    const secret = await DatabaseSecret.read(settings.region, settings.database.secretArn);
    const server = createServer(settings, async () =>
      (await succeedsWithin(READINESS_LIMIT_MS, runQuery("ping", [], READINESS_LIMIT_MS)))
        ? undefined
        : "the database did not answer within 2 s",
    );
    const database = new DatabasePool(settings, secret, server.http.log);
    const runQuery: RunQuery = async (name, values, limitMs) => {
      const query = release.queries[name];
      if (query === undefined) throw new Error(`Version ${release.version} has no query ${name}.`);
      return database.query(name, query.sql, values, limitMs);
    };
    addRoutes(server.http, release, runQuery);
    const stopSweeper = startSweeper(runQuery, server.http.log);
    await serve(server, settings, {
      release: async () => {
        stopSweeper();
        await database.release();
        secret.release();
      },
    });
  });
}
