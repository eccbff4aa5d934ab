import { spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binaryEnvironment, type PostgresBinaries, type RunAs } from "./postgres-binaries";

const INIT_LIMIT_MS = 120_000;

/** PostgreSQL does not run as root. Every Unix has the user `nobody`. */
export function unprivilegedUser(): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (option: string) =>
    spawnSync("id", [option, "nobody"], { encoding: "utf8", timeout: 10_000 }).stdout?.trim() ?? "";
  const [uid, gid] = [id("-u"), id("-g")];
  if (uid === "" || gid === "") {
    throw new Error(
      "PostgreSQL does not run as root, and this machine has no user `nobody` to run it as. " +
        "Start this program as an ordinary user.",
    );
  }
  return { uid: Number(uid) | 0, gid: Number(gid) | 0 }; // macOS reports -2 as 4294967294.
}

function canEnter(folder: string, runAs: RunAs | undefined): boolean {
  return (
    spawnSync("/bin/sh", ["-c", 'cd "$0"', folder], { ...runAs, cwd: "/", timeout: 10_000 }).status === 0
  );
}

/** Creates a temporary folder that only the server's user can read. */
export function makeTemporaryFolder(runAs: RunAs | undefined): string {
  const parent = [tmpdir(), "/tmp"].find((folder) => canEnter(folder, runAs));
  if (parent === undefined) {
    throw new Error(
      `PostgreSQL's user cannot enter ${tmpdir()} or /tmp. Set TMPDIR to a folder that this user may enter.`,
    );
  }
  const folder = mkdtempSync(join(parent, "changeover-postgres-"));
  if (runAs) chownSync(folder, runAs.uid, runAs.gid);
  return folder;
}

/** Runs a program until it ends. If it fails, the error contains its output. */
async function run(program: string, args: string[], runAs: RunAs | undefined, input = ""): Promise<void> {
  const child = spawn(program, args, { ...runAs, cwd: "/", env: binaryEnvironment, timeout: INIT_LIMIT_MS });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  child.stdin.on("error", () => {}); // The program ended early; its output contains the reason.
  child.stdin.end(input);
  const status = await new Promise((ended, failed) => {
    child.once("close", (code, signal) => ended(code ?? signal));
    child.once("error", failed);
  });
  if (status === 0) return;
  const noAccount = /could not look up effective user/.test(output)
    ? "\nPostgreSQL needs a user that the system knows. Add this user id to /etc/passwd, or run as another user."
    : "";
  throw new Error(`${program} failed (${status}):\n${output.trim()}${noAccount}`);
}

/** PostgreSQL 17 and later have locales of their own. */
function hasBuiltinLocales({ initdb }: PostgresBinaries): boolean {
  const { stdout } = spawnSync(initdb, ["--version"], { cwd: "/", env: binaryEnvironment, encoding: "utf8" });
  return Number(/\b(\d+)\.\d+/.exec(stdout)?.[1] ?? 0) >= 17;
}

/**
 * Creates the data directory for a superuser `postgres` with this password. If the directory exists, only the
 * password is changed: every start generates a new one, so none has to be kept. `passwordFile` is a path that initdb
 * may read.
 */
export async function prepareData(
  binaries: PostgresBinaries,
  data: string,
  password: string,
  passwordFile: string,
  runAs: RunAs | undefined,
): Promise<void> {
  const isThere = existsSync(join(data, "PG_VERSION"));
  if (!isThere) {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    if (runAs) chownSync(data, runAs.uid, runAs.gid);
  }
  if (!canEnter(data, runAs)) {
    throw new Error(
      `PostgreSQL's user cannot enter ${data}. Choose a data directory that this user may own, ` +
        "and open its parent folders to others (chmod o+x).",
    );
  }
  if (isThere) {
    const single = ["--single", "-D", data, "postgres"];
    await run(binaries.postgres, single, runAs, `ALTER ROLE postgres PASSWORD '${password}'\n`);
    return;
  }
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (runAs) chownSync(passwordFile, runAs.uid, runAs.gid);
    const account = ["--username=postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
    const builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
    const locale = ["--encoding=UTF8", "--locale=C", ...(hasBuiltinLocales(binaries) ? builtin : [])];
    await run(binaries.initdb, ["-D", data, ...account, ...locale, "--no-sync", "--no-instructions"], runAs);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}
