import { type TaggedArgs, tagsSpec } from "../tags/tagged-args";
import type { ComponentSpec, Format } from "../validation/args-spec";
import { NOT_EMPTY } from "../validation/formats";

export interface DatabaseLoginArgs extends TaggedArgs {
  /**
   * The name of the login's role in the database: 1-63 lower-case letters, digits and underscores, starting with a
   * letter, and not `postgres`, a role of RDS, or a name that begins with `pg_` or `rds_`.
   */
  username: string;
  /** The deployment that uses the login, e.g. the version that a color runs. A new value gives a new password. */
  deployment: string;
  /**
   * Protects the secret from deletion in Pulumi, and keeps a deleted one for 30 days.
   *
   * @default true
   */
  protect?: boolean;
}

/** @see https://www.postgresql.org/docs/current/sql-createrole.html */
export const ROLE_NAME: Format = {
  pattern: /^(?!(pg_|postgres$|rds_|rdsadmin$|rdsproxyadmin$|rdsrepladmin$|rdstopmgr$))[a-z][a-z0-9_]{0,62}$/,
  allowed:
    "1 to 63 lower-case letters, digits and underscores, starting with a letter, and not postgres, pg_… or a role of RDS such as rds_…",
};

export const databaseLoginSpec = {
  args: {
    username: { kind: "string", format: ROLE_NAME, required: true },
    deployment: { kind: "string", format: NOT_EMPTY, required: true },
    protect: { kind: "boolean", default: true },
    tags: tagsSpec(),
  },
} as const satisfies ComponentSpec<DatabaseLoginArgs>;
