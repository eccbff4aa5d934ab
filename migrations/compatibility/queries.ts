/** The queries that the sample system's versions send, as their files list them. */

import { join } from "node:path";
import { z } from "zod";
import { appVersions } from "../../build/bundle";

export interface VersionQueries {
  readonly version: string;
  /** Where they are written, from the checkout's root. */
  readonly file: string;
  /** SQL by the query's name. */
  readonly queries: Readonly<Record<string, string>>;
}

const listed = z.object({ queries: z.record(z.string(), z.object({ sql: z.string() })) });

/** Of every version that this checkout holds, oldest first. @throws when a version's file lists none */
export function appQueries(): VersionQueries[] {
  return appVersions().map((version) => {
    const file = `app/versions/${version}.ts`;
    const read = listed.safeParse(require(join(__dirname, "..", "..", file)));
    if (!read.success) {
      throw new Error(
        `${file}: it must export "queries", as {name: {sql}}, to be checked against the schema.`,
      );
    }
    const queries = Object.entries(read.data.queries).map(([name, { sql }]) => [name, sql]);
    return { version, file, queries: Object.fromEntries(queries) };
  });
}
