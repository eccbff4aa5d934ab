/** The SQL statements of one version of an application. */
export interface VersionQueries {
  readonly version: string;
  /** The file that lists them, for messages. */
  readonly file: string;
  /** SQL by the query's name. */
  readonly queries: Readonly<Record<string, string>>;
}
