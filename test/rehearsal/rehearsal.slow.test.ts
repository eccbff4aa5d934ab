import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = join(__dirname, "..", "..");

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Files of everything that the rehearsal starts are below this folder, so its command lines name it. */
  readonly folder: string;
  /** Resolves when the process has ended, and its output is complete. */
  readonly ended: Promise<number | null>;
  readonly exited: Promise<number | null>;
}

const CLEAN_LIMIT_MS = 30_000;

describe("rehearsal", function () {
  this.timeout(240_000);
  let run: Run | undefined;

  const start = (...args: string[]): Run => {
    const folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
    const child = spawn(process.execPath, ["cli/changeover.js", "rehearse", ...args], {
      cwd: root,
      env: { ...process.env, TMPDIR: folder, NO_COLOR: "1" },
      detached: true, // In a process group of its own, as in a terminal.
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
    }
    const ended = once(child, "close").then(([code]) => code as number | null);
    const exited = once(child, "exit").then(([code]) => code as number | null);
    run = { child, output: () => text, folder, ended, exited };
    return run;
  };

  const prints = async ({ output, ended }: Run, words: string) => {
    let over = false;
    void ended.then(() => {
      over = true;
    });
    while (!output().includes(words)) {
      assert.ok(!over, `ended without "${words}":\n${output()}`);
      await sleep(50);
    }
  };

  /** The watchdogs clean up after the process has ended. */
  const becomesClean = async (ended: Run) => {
    const endsAt = Date.now() + CLEAN_LIMIT_MS;
    for (;;) {
      try {
        return assertNothingLeft(ended);
      } catch (error) {
        if (Date.now() > endsAt) throw error;
      }
      await sleep(100);
    }
  };

  const assertNothingLeft = ({ folder, output }: Run) => {
    assert.deepEqual(processesBelow(folder), [], output());
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith("changeover-")),
      [],
    );
  };

  afterEach(async () => {
    run?.child.kill("SIGKILL");
    await run?.ended;
    if (run) rmSync(run.folder, { recursive: true, force: true });
    run = undefined;
  });

  it("stops everything that it started on Ctrl-C in the middle of a step, and ends with 130", async () => {
    const rehearsal = start("--quick", "--rate", "20");
    await prints(rehearsal, " to green while blue is live");
    await sleep(1_500);
    rehearsal.child.kill("SIGINT");
    assert.equal(await rehearsal.ended, 130, rehearsal.output());
    assert.match(rehearsal.output(), /Everything that was started is stopped/);
    assertNothingLeft(rehearsal);
  });

  it("stops everything that it started when its terminal is closed", async () => {
    const rehearsal = start("--quick", "--rate", "20");
    await prints(rehearsal, "Load runs");
    process.kill(-(rehearsal.child.pid ?? 0), "SIGHUP");
    assert.equal(await rehearsal.ended, 130, rehearsal.output());
    assertNothingLeft(rehearsal);
  });

  it("stops everything that it started when its output is closed, as by head", async () => {
    const rehearsal = start("--quick", "--rate", "20");
    await prints(rehearsal, "Deploy 1.0.0");
    rehearsal.child.stdout?.destroy();
    assert.equal(await rehearsal.exited, 2, rehearsal.output());
    assert.match(rehearsal.output(), /The output was closed\. Everything that was started is stopped\.\n$/);
    assertNothingLeft(rehearsal);
  });

  it("leaves nothing behind after a kill or a second Ctrl-C in the middle of a step", async () => {
    for (const signals of [["SIGKILL"], ["SIGINT", "SIGINT"]] as const) {
      const rehearsal = start("--quick", "--rate", "20");
      await prints(rehearsal, "Deploy 1.0.0");
      await sleep(2_000);
      for (const signal of signals) rehearsal.child.kill(signal);
      await rehearsal.ended;
      await becomesClean(rehearsal);
      rmSync(rehearsal.folder, { recursive: true, force: true });
    }
  });

  it("rejects wrong options before it starts anything", async () => {
    for (const [args, words] of [
      [["--rate", "0"], /^--rate must be a whole number from 1 to 2000, got "0"\./],
      [["--qick"], /^Unknown option '--qick'\. Did you mean --quick\?/],
      [
        ["--json", join(root, "no", "such", "folder.json")],
        /--json must be a file that can be written, got .*folder\.json \(ENOENT\)/,
      ],
    ] as const) {
      const rehearsal = start(...args);
      assert.equal(await rehearsal.ended, 2);
      assert.match(rehearsal.output(), words);
      assert.doesNotMatch(rehearsal.output(), /\n {4}at /, "no stack trace");
      assertNothingLeft(rehearsal);
      rmSync(rehearsal.folder, { recursive: true, force: true });
    }
  });

  it("prints its options with --help", async () => {
    const rehearsal = start("--help");
    assert.equal(await rehearsal.ended, 0);
    for (const option of ["--quick", "--json", "--rate", "--releases"]) {
      assert.ok(rehearsal.output().includes(option), option);
    }
  });
});

/** Command lines that name the folder; Linux only, elsewhere the list is empty. */
function processesBelow(folder: string): string[] {
  let ids: string[];
  try {
    ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return ids.flatMap((id) => {
    try {
      const line = readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " ");
      return line.includes(folder) ? [`${id} ${line}`] : [];
    } catch {
      return []; // It ended while we looked.
    }
  });
}
