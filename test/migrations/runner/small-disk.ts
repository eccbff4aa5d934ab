/** A small disk: a file system in memory, visible only to one process and its children. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startWatchdog, type Watchdog } from "../../../simulator/process/watchdog";
import type { DatabaseServer } from "./migrate-fixture";

/** `unshare` with arguments for a shell command that may mount and then continues as the current user. */
function mounting(command: string, folder: string, next: readonly string[]): [string, ...string[]] {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const shell = (then: string) => ["--mount", "sh", "-c", `${command} && exec ${then} "$@"`, folder, ...next];
  // PostgreSQL does not run as root, so a second namespace restores the ordinary user after the mount.
  return uid === 0
    ? ["unshare", ...shell("")]
    : [
        "unshare",
        "--user",
        "--map-root-user",
        ...shell(`unshare --user --map-user=${uid} --map-group=${gid}`),
      ];
}

const mountCommand = (mebibytes: number) => `mount -t tmpfs -o size=${mebibytes}m,mode=0777 changeover "$0"`;

/** Reason why this machine cannot mount a small disk; undefined when it can. */
export function whyNoSmallDisk(): string | undefined {
  const [program, ...args] = mounting(mountCommand(1), tmpdir(), ["true"]);
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8", timeout: 10_000 });
  if (status === 0) return undefined;
  return (error?.message ?? stderr).trim() || `unshare ended with ${status}`;
}

const RESPONSE_TIMEOUT_MS = 90_000;

export class SmallDiskServer implements DatabaseServer {
  readonly host = "127.0.0.1";
  readonly user = "postgres";
  port = 0;
  password = "";
  /** Folder for tables on the disk. */
  readonly tablespace: string;

  private constructor(
    folder: string,
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    private readonly watchdog: Watchdog,
  ) {
    this.tablespace = join(folder, "disk", "tables");
  }

  /** Starts a server with its tables (in {@link tablespace}) or its write-ahead log on a disk of this size. */
  static async start(content: "tables" | "wal", mebibytes: number): Promise<SmallDiskServer> {
    const folder = mkdtempSync(join(tmpdir(), "changeover-small-disk-"));
    // Stops the server and deletes the folder however this process ends.
    const watchdog = startWatchdog(folder);
    chmodSync(folder, 0o711);
    const disk = join(folder, "disk");
    mkdirSync(disk);
    const program = join(__dirname, "small-disk-server.ts");
    const node = [
      process.execPath,
      "--require",
      require.resolve("../../../build/start/register"),
      program,
      folder,
      content,
    ];
    const [unshare, ...args] = mounting(mountCommand(mebibytes), disk, node);
    const child = spawn(unshare, args, { detached: true, stdio: ["pipe", "pipe", "inherit"] });
    watchdog.guard(child.pid);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const server = new SmallDiskServer(folder, child, lines, watchdog);
    try {
      Object.assign(server, await server.response());
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Fills the disk except for this many bytes. */
  async fill(leaveBytes: number): Promise<void> {
    await this.send(`fill ${leaveBytes}`);
  }

  async makeRoom(): Promise<void> {
    await this.send("free");
  }

  async restart(): Promise<void> {
    await this.send("restart");
  }

  async stop(): Promise<void> {
    try {
      this.child.stdin?.end();
      if (this.child.exitCode === null && this.child.signalCode === null) {
        await once(this.child, "exit", { signal: AbortSignal.timeout(30_000) });
      }
    } finally {
      await this.watchdog.release();
    }
  }

  private async send(line: string): Promise<void> {
    this.child.stdin?.write(`${line}\n`);
    await this.response();
  }

  private async response(): Promise<object> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error("the small disk's server does not respond")),
        RESPONSE_TIMEOUT_MS,
      );
    });
    try {
      const { value, done } = await Promise.race([this.lines.next(), timeout]);
      if (done) throw new Error("the small disk's server has ended");
      return JSON.parse(value);
    } finally {
      clearTimeout(timer);
    }
  }
}
