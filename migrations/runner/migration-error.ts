/** What goes wrong with a database, in words that say what to do. */

import { DatabaseError } from "pg";

/** The message is complete and free of secrets and of stored data. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/** The Lambda's time is nearly over; what was done is kept and the next invocation goes on. */
export class OutOfTime extends Error {
  override readonly name = "OutOfTime";
}

const runAgain = "Nothing is half-applied: run it again, and it goes on where it stopped.";

const adviceByCode: Record<string, string> = {
  "28P01": "The credentials are wrong: compare the secret with the role's password.",
  "28000": "The role may not log in: check the role, and whether the database asks for TLS.",
  "3D000": "The database does not exist: check DATABASE_NAME.",
  "42501": "The role lacks a privilege: the runner must own what it changes.",
  "53100": `The database's disk is full: give it more storage. ${runAgain}`,
  "53200": `The database is out of memory. ${runAgain}`,
  "53300": "The database has no connection left: lower the pools or raise max_connections.",
  "57P01": `The database ended the connection (restart or failover). ${runAgain}`,
  "57P02": `The database crashed. ${runAgain}`,
  "57P03": "The database is starting or stopping: try again when it is up.",
  ECONNREFUSED: "Nothing listens there: check host, port and whether the database runs.",
  ENOTFOUND: "The host is not known: check DATABASE_HOST.",
  ETIMEDOUT: "It does not answer: check security groups, routes and host.",
  ECONNRESET: `The connection broke. ${runAgain}`,
  EPIPE: `The connection broke. ${runAgain}`,
  ERR_TLS_CERT_ALTNAME_INVALID:
    "The server's certificate is for another name: set DATABASE_HOST to one that is in it.",
  CERT_HAS_EXPIRED: "Renew the server's certificate, or the file of its authority.",
};

const adviceByText: [RegExp, string][] = [
  [/connection timeout|timeout expired/i, adviceByCode.ETIMEDOUT ?? ""],
  [/connection terminated|client was closed|not queryable/i, adviceByCode.ECONNRESET ?? ""],
  [
    /certificate|self.signed/i,
    "The server's certificate is not trusted: set NODE_EXTRA_CA_CERTS to the authority's file " +
      "(/var/runtime/ca-cert.pem in AWS Lambda), or DATABASE_CA_FILE, beside which no other counts, to that of an " +
      "authority of your own (the component's certificateAuthorityFile).",
  ],
  [/does not support SSL/i, "The server speaks no TLS: set DATABASE_TLS=off only where nobody can listen."],
];

export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

/** The session is gone: nothing can be asked on it any more. */
export function isConnectionLost(error: unknown): boolean {
  const text = error instanceof Error ? error.message : "";
  // After these two the server has ended the session.
  if (error instanceof DatabaseError && /^(FATAL|PANIC)$/.test(error.severity ?? "")) return true;
  return (
    /^(57P0[123]|08...|25P03|57P05|ECONNRESET|EPIPE|ETIMEDOUT)$/.test(codeOf(error)) ||
    /connection terminated|client was closed|not queryable|connection error/i.test(text)
  );
}

/**
 * Message and advice. Details and hints are left out and quoted values cut, because they can hold stored data: in
 * data exceptions (class 22) what stands in quotes after the colon is a value.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  let message = error.message.split("\n")[0] || code;
  if (error instanceof DatabaseError && code.startsWith("22")) message = message.replace(/: ".*$/s, "");
  const sqlState = error instanceof DatabaseError && code !== "" ? ` (SQLSTATE ${code})` : "";
  const advice = adviceByCode[code] ?? adviceByText.find(([pattern]) => pattern.test(message))?.[1];
  return `${message}${sqlState}${advice === undefined ? "" : `. ${advice}`}`;
}

/** Replaces every secret that may have got into a text. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length > 0)
    .reduce((shown, secret) => shown.replaceAll(secret, "[secret]"), text);
}
