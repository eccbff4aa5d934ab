import type { Command } from "commander";
import type { Connection } from "../../migrations/runner/connection";
import type { ParsedArguments } from "../command";
import type { OptionReader } from "../option-reader";
import { UsageError } from "../usage-error";
import { readScriptOptions, type ScriptOptions } from "./scripts";

export interface DatabaseOptions extends ScriptOptions {
  readonly connection: Connection;
}

const KEY = "--database-url";
const ALLOWED = "postgres://user:password@host:5432/name";
const LOCAL_HOSTS = ["localhost", "127.0.0.1", "::1"];
const TLS_BY_SSL_MODE: Readonly<Record<string, Connection["tls"]>> = {
  disable: "off",
  "verify-full": "verify",
};

export function addDatabaseOption(command: Command): Command {
  return command.option(
    `${KEY} <url>`,
    `${ALLOWED} (default: DATABASE_URL). A missing password is taken from PGPASSWORD. The server's certificate is ` +
      "verified, unless the URL ends in ?sslmode=disable or names localhost without an sslmode",
  );
}

export function readDatabaseOptions(
  reader: OptionReader,
  { options, env }: ParsedArguments,
): DatabaseOptions {
  const url = (options.databaseUrl as string | undefined) ?? env.DATABASE_URL;
  return {
    ...readScriptOptions(options),
    connection: reader.collect(() => readDatabaseUrl(url, env.PGPASSWORD)),
  };
}

/** Parses the URL of the database. Errors never show it, because it contains the password. @throws UsageError */
export function readDatabaseUrl(text: string | undefined, pgPassword: string | undefined): Connection {
  const reject = (got: string) => UsageError.of({ key: KEY, allowed: ALLOWED, got });
  if (!text) throw reject("neither the option nor DATABASE_URL");
  if (!URL.canParse(text)) throw reject("no URL (special characters in a password are written as %XX)");
  const url = new URL(text);
  if (!["postgres:", "postgresql:"].includes(url.protocol)) throw reject("another protocol");
  const decode = (encoded: string, name: string) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      throw reject(`a % in the ${name} that is not followed by two hexadecimal digits`);
    }
  };
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const user = decode(url.username, "user");
  const database = decode(url.pathname.slice(1), "database");
  const password = decode(url.password, "password") || pgPassword;
  const missing = Object.entries({ host, user, database, password }).filter(([, value]) => !value);
  if (missing.length > 0) throw reject(`a URL without ${missing.map(([name]) => name).join(", ")}`);
  const unknown = [...url.searchParams.keys()].find((name) => name !== "sslmode");
  if (unknown !== undefined)
    throw reject(`the parameter ${JSON.stringify(unknown)}, only sslmode is supported`);
  const sslMode = url.searchParams.get("sslmode") ?? (LOCAL_HOSTS.includes(host) ? "disable" : "verify-full");
  const tls = TLS_BY_SSL_MODE[sslMode];
  if (tls === undefined) {
    const supported = Object.keys(TLS_BY_SSL_MODE).join(" and ");
    throw reject(`sslmode=${sslMode}, only ${supported} are supported`);
  }
  return { host, port: Number(url.port || 5432), user, password: password ?? "", database, tls };
}
