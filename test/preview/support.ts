import assert from "node:assert/strict";
import { execFileSync, type SpawnOptions, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { runCommandLine } from "../../cli/run-command-line";
import type { PreviewReport, StackReport } from "../../preview/report/report";

export const REPOSITORY = join(__dirname, "..", "..");

/** The command's file. */
export const CHANGEOVER = join(REPOSITORY, "cli", "changeover.js");

const folders: string[] = [];

/** Call in a suite: removes the temporary folders of its tests. */
export function cleanUpAfterAll(): void {
  after(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
}

export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "changeover-test-preview-")));
  folders.push(folder);
  return folder;
}

/** A temporary git repository with these files, not committed yet. */
export class Repository {
  readonly folder = temporaryFolder();

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.git("init", "--quiet", "--initial-branch", "main");
    this.write(files);
  }

  git(...args: string[]): string {
    const identity = [
      "-c",
      "user.name=test",
      "-c",
      "user.email=test@example.com",
      "-c",
      "commit.gpgsign=false",
    ];
    return execFileSync("git", ["-C", this.folder, ...identity, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      writeFileSync(join(this.folder, name), text);
    }
  }

  commit(files: Readonly<Record<string, string>> = {}): string {
    this.write(files);
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "-m", "A change");
    return this.git("rev-parse", "HEAD");
  }

  worktrees(): string[] {
    return this.git("worktree", "list", "--porcelain")
      .split("\n")
      .filter((line) => line.startsWith("worktree "));
  }
}

/** A program with one resource of a made-up type. */
export const SMALL = {
  "Pulumi.yaml": "name: small\nruntime: nodejs\nmain: index.ts\n",
  "Pulumi.dev.yaml": "config:\n  small:size: 1\n",
  "index.ts": `import * as pulumi from "@pulumi/pulumi";
const config = new pulumi.Config();
class Thing extends pulumi.CustomResource {
  constructor(name: string, inputs: pulumi.Inputs) {
    super("things:index:Thing", name, inputs);
  }
}
new Thing("one", {
  size: config.requireNumber("size"),
  password: pulumi.secret("hunter2" + config.require("size")),
  nested: { list: [{ deep: config.get("deep") ?? "same" }] },
});
`,
};

export const sized = (size: number) => ({ "Pulumi.dev.yaml": `config:\n  small:size: ${size}\n` });

/** For tests of the checkout alone: its invalid config is rejected before the program starts. */
export const REJECTED = { ...SMALL, "Pulumi.dev.yaml": "config: invalid\n" };

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command. */
export interface Started {
  readonly pid?: number;
  kill(signal: NodeJS.Signals): boolean;
}

/** Runs the command inside this process. */
export async function preview(args: readonly string[], program: string): Promise<Ended> {
  let [stdout, stderr] = ["", ""];
  const status = await runCommandLine(["preview", ...args, "--program", program], {
    env: {},
    signal: new AbortController().signal,
    write: async (text) => {
      stdout += text;
    },
    log: (message) => {
      stderr += `${message}\n`;
    },
  });
  return { status, stdout, stderr };
}

/** The report on the only stack of a JSON preview. */
export function stackOf(
  stdout: string,
): StackReport & { readonly format: number; readonly whole: PreviewReport } {
  const whole = JSON.parse(stdout) as PreviewReport;
  const [stack] = whole.stacks;
  assert.ok(stack !== undefined && whole.stacks.length === 1, stdout);
  return { ...stack, format: whole.format, whole };
}

/** Runs the command as a process; `onStarted` may end it early. */
export function command(
  args: readonly string[],
  options: SpawnOptions = {},
  onStarted?: (child: Started) => void,
): Promise<Ended> {
  return run(process.execPath, [CHANGEOVER, "preview", ...args], options, onStarted);
}

export function run(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
  onStarted?: (child: Started) => void,
): Promise<Ended> {
  const child = spawn(program, args, { timeout: 90_000, ...options, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  onStarted?.(child);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, stdout, stderr }));
  });
}

/** A copy of this repository's own program, in a repository of its own. */
export function ownProgram(): Repository {
  const repository = new Repository();
  const needed = (name: string) =>
    !["node_modules", "dist", "test", "docs", "bench", "rehearsal"].includes(name);
  for (const name of readdirSync(REPOSITORY).filter((each) => needed(each) && !each.startsWith("."))) {
    cpSync(join(REPOSITORY, name), join(repository.folder, name), {
      recursive: true,
      filter: (file) => !["bundles", "node_modules"].includes(basename(file)),
    });
  }
  symlinkSync(join(REPOSITORY, "node_modules"), join(repository.folder, "node_modules"));
  // Cache entries go by content, so they are valid in the copy.
  if (existsSync(join(REPOSITORY, ".changeover")))
    cpSync(join(REPOSITORY, ".changeover"), join(repository.folder, ".changeover"), { recursive: true });
  repository.write({ ".gitignore": "node_modules\ndist/\ncomponents/bundles/\n.changeover/\n" });
  return repository;
}

/** The stack's file with these settings and those that a trial stack needs. */
export function devStack(
  settings: Readonly<Record<string, string | number | boolean>>,
): Record<string, string> {
  const all = { live: "blue", allowPlainHttp: true, protect: false, drainSeconds: 60, ...settings };
  const lines = Object.entries(all).map(([key, value]) => `  changeover:${key}: ${JSON.stringify(value)}`);
  return { "Pulumi.dev.yaml": ["config:", "  aws:region: eu-central-1", ...lines, ""].join("\n") };
}
