export interface VersionQueries {
  readonly version: string;
  /** The file that contains the queries, shown in messages. */
  readonly file: string;
  /** SQL by name of the query. */
  readonly queries: Readonly<Record<string, string>>;
}
