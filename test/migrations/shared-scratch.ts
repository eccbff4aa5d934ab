import type { PGlite } from "@electric-sql/pglite";
import { openScratch } from "../../migrations/scratch/postgres";

const EMPTY =
  "rollback; deallocate all; drop schema public cascade; create schema public; grant all on schema public to public";

/**
 * Registers the hooks of a suite with one PGlite, because opening one takes about a second. The returned function
 * empties it; its `close` does nothing. For scripts without extensions, roles and schemas.
 */
export function useSharedScratch(): () => Promise<PGlite> {
  let database: PGlite;
  before(async () => {
    database = await openScratch([]);
  });
  after(() => database?.close());
  const shared: ProxyHandler<PGlite> = {
    get(target, key) {
      if (key === "close") return async () => {};
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  };
  return async () => {
    await database.exec(EMPTY);
    return new Proxy(database, shared);
  };
}
