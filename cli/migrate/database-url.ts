/** What somebody asks of `migrate`, from the arguments; each wrong one is one sentence. */

import { parseArgs } from "node:util";
import type { Connection } from "../../migrations/runner/connection";
import type { MigrationRequest } from "../../migrations/runner/plan";
import { isVersion } from "../../migrations/script/version";

export const HELP = `Changes a database by the scripts of a folder, as the release does.

  npm run migrate -- new NAME --version 1.4.0        two empty scripts with the next number
  npm run migrate -- check                           what the scripts would do to clients and to versions; no database
  npm run migrate -- status                          which scripts the database has
  npm run migrate -- dry-run --version 1.1.0         what would run, for expand or (with --through) contract
  npm run migrate -- expand --version 1.0.0 --version 1.1.0
                                                     what these versions need: name all that colors run
  npm run migrate -- contract --through 0002_split_name --serving green=1.1.0
                                                     what the versions that can serve no longer need

  --database-url URL   postgres://user:password@host:5432/name; default: the variable DATABASE_URL. A password that is
                       not in it is taken from PGPASSWORD. With ?sslmode=disable the connection is not encrypted,
                       which is the default for localhost; otherwise the server's certificate is verified.
  --directory DIR      the folder of the scripts (default: migrations)
  --app-name NAME      what application_name of the application's connections begins with (default: changeover)
  --json               the result as JSON, and progress as JSON lines on the standard error output
`;

export class UsageError extends Error {
  override readonly name = "UsageError";
}

type Common = { readonly directory: string; readonly json: boolean };

export type Command = Common &
  (
    | { readonly command: "new"; readonly name: string; readonly version: string }
    | { readonly command: "check" }
    | { readonly command: "status"; readonly connection: Connection }
    | {
        readonly command: "run";
        readonly connection: Connection;
        readonly request: MigrationRequest;
        readonly dryRun: boolean;
      }
  );

const commands = ["new", "check", "status", "dry-run", "expand", "contract"];

function parse(argv: readonly string[]) {
  const one = { type: "string" } as const;
  const many = { type: "string", multiple: true } as const;
  const flag = { type: "boolean", default: false } as const;
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        "database-url": one,
        directory: { ...one, default: "app/migrations" },
        version: many,
        through: one,
        serving: many,
        "app-name": { ...one, default: "changeover" },
        json: flag,
        help: { ...flag, short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

type Values = ReturnType<typeof parse>["values"];

function versionOf(option: string, text: string): string {
  if (isVersion(text)) return text;
  throw new UsageError(`${option}: got ${JSON.stringify(text)}; allowed are three numbers, such as 1.4.0.`);
}

function versionsOf({ version = [] }: Values, command: string): string[] {
  if (version.length === 0) {
    throw new UsageError(
      `${command} needs --version, once for each version that a color runs, such as 1.4.0.`,
    );
  }
  return version.map((text) => versionOf("--version", text));
}

function expandRequest(values: Values, command: string): MigrationRequest {
  return { phase: "expand", versions: versionsOf(values, command) };
}

function contractRequest(values: Values): MigrationRequest {
  const { through, serving = [], "app-name": appName } = values;
  if (through === undefined || serving.length === 0) {
    throw new UsageError(
      "contract needs --through SCRIPT (such as 0002_split_name) and --serving COLOR=VERSION for each color that can serve.",
    );
  }
  const colors = serving.map((text) => {
    const [color = "", version = ""] = text.split("=");
    if (color !== "blue" && color !== "green") {
      throw new UsageError(`--serving: got ${JSON.stringify(text)}; allowed is blue=1.4.0 or green=1.4.0.`);
    }
    return { color, version: versionOf("--serving", version) };
  });
  return { phase: "contract", through, serving: colors, appName };
}

const localHosts = ["localhost", "127.0.0.1", "::1"];
const tlsModes: Readonly<Record<string, Connection["tls"]>> = { disable: "off", "verify-full": "verify" };

/** The text is never shown: it holds the password. @throws UsageError */
export function readDatabaseUrl(text: string | undefined, passwordBeside: string | undefined): Connection {
  if (!text) throw new UsageError("Which database? Give --database-url or set DATABASE_URL.");
  const wrong = (what: string) =>
    new UsageError(`The database's URL ${what}. Write postgres://user:password@host:5432/name.`);
  if (!URL.canParse(text))
    throw wrong("cannot be read (special characters in a password are written as %XX)");
  const url = new URL(text);
  if (!["postgres:", "postgresql:"].includes(url.protocol))
    throw wrong("begins with neither postgres:// nor postgresql://");
  const part = (encoded: string, what: string) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      throw wrong(`has a % in its ${what} that is not followed by two hex digits`);
    }
  };
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const user = part(url.username, "user");
  const database = part(url.pathname.slice(1), "database");
  const password = part(url.password, "password") || passwordBeside;
  const missing = Object.entries({ host, user, database, password }).filter(([, value]) => !value);
  if (missing.length > 0) throw wrong(`has no ${missing.map(([name]) => name).join(", ")}`);
  const unknown = [...url.searchParams.keys()].find((name) => name !== "sslmode");
  if (unknown !== undefined) throw wrong(`has the setting ${JSON.stringify(unknown)}; allowed is sslmode`);
  const mode = url.searchParams.get("sslmode") ?? (localHosts.includes(host) ? "disable" : "verify-full");
  const tls = tlsModes[mode];
  if (tls === undefined) {
    throw wrong(`has sslmode=${mode}; allowed are ${Object.keys(tlsModes).join(" and ")}`);
  }
  return { host, port: Number(url.port || 5432), user, password: password ?? "", database, tls };
}

/** Options that the command would not look at are a mistake of whoever wrote them. */
function refuseUnused(command: string, values: Values, used: readonly (keyof Values)[]): void {
  const always: readonly string[] = ["directory", "json", "help", "app-name"];
  const unused = Object.entries(values).filter(
    ([name, value]) => value !== undefined && !always.includes(name) && !used.includes(name as keyof Values),
  );
  if (unused.length > 0) {
    throw new UsageError(`${command} has no ${unused.map(([name]) => `--${name}`).join(", ")}.`);
  }
}

/** @returns undefined when the person asked for help. @throws UsageError */
export function parseCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Command | undefined {
  const { values, positionals } = parse(argv);
  if (values.help) return undefined;
  const [command = "", ...names] = positionals;
  const { directory, json } = values;
  const common = { directory, json };
  if (!commands.includes(command)) {
    throw new UsageError(`The command: got ${JSON.stringify(command)}; allowed is ${commands.join(", ")}.`);
  }
  if (command === "new") {
    refuseUnused(command, values, ["version"]);
    const [version, ...others] = versionsOf(values, command);
    const [name] = names;
    if (name === undefined || names.length > 1 || others.length > 0) {
      throw new UsageError("new needs one name and one --version: new split_name --version 1.4.0.");
    }
    return { ...common, command, name, version: version ?? "" };
  }
  if (names.length > 0) throw new UsageError(`${command} takes no ${JSON.stringify(names[0])}.`);
  if (command === "check") {
    refuseUnused(command, values, []);
    return { ...common, command };
  }
  const isContract = command === "contract" || (command === "dry-run" && values.through !== undefined);
  const own: readonly (keyof Values)[] =
    command === "status" ? [] : isContract ? ["through", "serving"] : ["version"];
  refuseUnused(command, values, ["database-url", ...own]);
  // Before the URL, so that a wrong request is not hidden behind a missing one.
  const request =
    command === "status" ? undefined : isContract ? contractRequest(values) : expandRequest(values, command);
  const connection = readDatabaseUrl(values["database-url"] ?? env.DATABASE_URL, env.PGPASSWORD);
  if (!request) return { ...common, command: "status", connection };
  return { ...common, command: "run", connection, request, dryRun: command === "dry-run" };
}
