export interface Query {
  readonly sql: string;
}

/** The queries that all versions share. Each query is idempotent, because it may be retried after an interruption. */
export const commonQueries = {
  ping: { sql: "select 1 as answer" },
  createSession: {
    sql: `insert into sessions (token_hash, user_name, expires_at)
          values ($1, $2, now() + make_interval(secs => $3))
          on conflict (token_hash) do nothing`,
  },
  findSession: {
    sql: "select user_name, created_at from sessions where token_hash = $1 and expires_at > now()",
  },
  deleteSession: { sql: "delete from sessions where token_hash = $1" },
  createUpload: {
    sql: "insert into uploads (id, user_name) values ($1, $2) on conflict (id) do nothing",
  },
  storeChunk: {
    sql: `insert into upload_chunks (upload_id, position, content) values ($1, $2, $3)
          on conflict (upload_id, position) do nothing`,
  },
  completeUpload: {
    sql: "update uploads set bytes = $2, sha256 = $3, completed_at = coalesce(completed_at, now()) where id = $1",
  },
  findUpload: {
    sql: "select id, bytes, sha256 from uploads where id = $1 and user_name = $2 and completed_at is not null",
  },
  deleteUpload: { sql: "delete from uploads where id = $1 and completed_at is null" },
  storeMeasurement: {
    sql: `insert into measurements (user_name, request_id, seq, value) values ($1, $2, $3, $4)
          on conflict (user_name, request_id) do nothing`,
  },
  deleteExpiredSessions: {
    sql: `delete from sessions where token_hash in
            (select token_hash from sessions where expires_at < now() order by expires_at limit 1000)`,
  },
  deleteAbandonedUploads: {
    sql: `delete from uploads where id in
            (select id from uploads where completed_at is null and created_at < now() - interval '1 day' limit 10)`,
  },
} as const satisfies Record<string, Query>;

type Expressions = Readonly<Record<string, string>>;

/** In the insert, `$1` is the user and `$2` the request id, which makes the insert idempotent. */
export function recordQueries(written: Expressions, read: Expressions) {
  const columns = Object.keys(written).join(", ");
  const values = Object.values(written).join(", ");
  const result = resultOf(read);
  return {
    insertRecord: {
      sql: `with written as (
              insert into records (user_name, request_id, ${columns}) values ($1, $2, ${values})
              on conflict (user_name, request_id) do nothing
              returning ${result}
            )
            select id, created_at, ${Object.keys(read).join(", ")} from written
            union all
            select ${result} from records where user_name = $1 and request_id = $2
            limit 1`,
    },
    findRecord: {
      sql: `select ${result} from records where id = $1 and (user_name = $2 or user_name is null)`,
    },
    listRecords: { sql: newestRecords(read) },
  };
}

function resultOf(read: Expressions): string {
  return [
    "id",
    "created_at",
    ...Object.entries(read).map(([name, expression]) => `${expression} as ${name}`),
  ].join(", ");
}

/** Two short index scans. One query with `or` would read and sort all records. */
export function newestRecords(read: Expressions, condition = "true"): string {
  const part = (owner: string) =>
    `(select ${resultOf(read)} from records where ${owner} and ${condition} order by id desc limit $2)`;
  return `${part("user_name = $1")} union all ${part("user_name is null")} order by id desc limit $2`;
}
