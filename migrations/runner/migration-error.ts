import { DatabaseError } from "pg";

/** Thrown if a run fails or is rejected. The message includes a remedy, and no secrets or stored data. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/** Thrown shortly before the deadline. Finished work is kept, and the next run continues. */
export class OutOfTime extends Error {
  override readonly name = "OutOfTime";
}

const RUN_AGAIN = "Nothing is half-applied. Run it again; it continues where it stopped.";

const ADVICE_BY_CODE: Readonly<Record<string, string>> = {
  "28P01": "The credentials are wrong. Compare the secret with the role's password.",
  "28000": "The role may not log in. Check the role, and whether the database requires TLS.",
  "3D000": "The database does not exist. Check DATABASE_NAME.",
  "53100": `The database's disk is full. Give it more storage. ${RUN_AGAIN}`,
  "53200": `The database is out of memory. ${RUN_AGAIN}`,
  "53300": "All connections of the database are in use. Lower the pool sizes or raise max_connections.",
  "57P01": `The database ended the connection (restart or failover). ${RUN_AGAIN}`,
  "57P02": `The database crashed. ${RUN_AGAIN}`,
  "57P03": "The database is starting or stopping. Try again when it is available.",
  ECONNREFUSED: "Nothing listens on that port. Check host and port, and that the database runs.",
  ENOTFOUND: "The host name does not resolve. Check DATABASE_HOST.",
  ETIMEDOUT: "The database does not answer. Check security groups, routes and host.",
  ECONNRESET: `The connection broke. ${RUN_AGAIN}`,
  EPIPE: `The connection broke. ${RUN_AGAIN}`,
  ERR_TLS_CERT_ALTNAME_INVALID:
    "The server's certificate is for another name. Set DATABASE_HOST to a name in the certificate.",
  CERT_HAS_EXPIRED: "Renew the server's certificate, or the file of its certificate authority.",
};

/** Advice for a missing privilege. `$1` is the object in the message. */
const PRIVILEGE_ADVICE: readonly [RegExp, string][] = [
  [
    /row-level security policy for table "(.*)"/,
    'A policy would hide rows from the runner\'s role. Write ALTER TABLE "$1" NO FORCE ROW LEVEL SECURITY if the role ' +
      "owns the table, or run as a role with BYPASSRLS.",
  ],
  [/permission denied for database (.*)/, "Its owner can write GRANT CREATE ON DATABASE $1 TO the role."],
  [/permission denied for schema (.*)/, "Its owner can write GRANT USAGE, CREATE ON SCHEMA $1 TO the role."],
  [
    /permission denied to create extension "(.*)"/,
    "Create the extension $1 once as a privileged role, such as rds_superuser; a script then finds it by CREATE " +
      "EXTENSION IF NOT EXISTS.",
  ],
];

function privilegeAdvice(message: string): string {
  for (const [pattern, advice] of PRIVILEGE_ADVICE) {
    const object = pattern.exec(message)?.[1];
    if (object !== undefined) return `The role lacks a privilege. ${advice.replaceAll("$1", object)}`;
  }
  return "The role lacks a privilege. The runner's role must own the objects that it changes.";
}

const ADVICE_BY_TEXT: readonly [RegExp, string][] = [
  [/connection timeout|timeout expired/i, ADVICE_BY_CODE.ETIMEDOUT ?? ""],
  [/connection terminated|client was closed|not queryable/i, ADVICE_BY_CODE.ECONNRESET ?? ""],
  [
    /certificate|self.signed/i,
    "The server's certificate is not trusted. Set NODE_EXTRA_CA_CERTS to the file of its certificate authority " +
      "(/var/runtime/ca-cert.pem in AWS Lambda), or trust only your own authority by DATABASE_CA_FILE (the " +
      "component's certificateAuthorityFile).",
  ],
  [
    /does not support SSL/i,
    "The server does not support TLS. Set DATABASE_TLS=off only on a trusted network.",
  ],
];

export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

export function isConnectionLost(error: unknown): boolean {
  const text = error instanceof Error ? error.message : "";
  // The server ends the session after an error of these severities.
  if (error instanceof DatabaseError && /^(FATAL|PANIC)$/.test(error.severity ?? "")) return true;
  return (
    /^(57P0[123]|08...|25P03|57P05|ECONNRESET|EPIPE|ETIMEDOUT)$/.test(codeOf(error)) ||
    /connection terminated|client was closed|not queryable|connection error/i.test(text)
  );
}

/**
 * Formats the server's message and adds advice.
 *
 * Details, hints and quoted values of data exceptions (class 22) are omitted, because they can contain stored data.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  let message = error.message.split("\n")[0] || code;
  if (error instanceof DatabaseError && code.startsWith("22")) message = message.replace(/: ".*$/s, "");
  const sqlState = error instanceof DatabaseError && code !== "" ? ` (SQLSTATE ${code})` : "";
  const advice =
    (code === "42501" ? privilegeAdvice(message) : ADVICE_BY_CODE[code]) ??
    ADVICE_BY_TEXT.find(([pattern]) => pattern.test(message))?.[1];
  return `${message}${sqlState}${advice === undefined ? "" : `. ${advice}`}`;
}

export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length > 0)
    .reduce((shown, secret) => shown.replaceAll(secret, "[secret]"), text);
}
