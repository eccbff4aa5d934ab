import assert from "node:assert/strict";
import { hostname } from "node:os";
import { describe, it } from "mocha";
import { StackLockedError } from "../../../engine/deploy/stack-locked";
import { allTrafficTo } from "../../../operate/colors";
import type { ReleaseGoal } from "../../../operate/release/goal";
import {
  previewRelease,
  type ReleaseProgress,
  type ReleaseTools,
  runRelease,
} from "../../../operate/release/run-release";
import { isStaleLock } from "../../../operate/release/stale-lock";
import { FakeStack } from "./fake-stack";

const GOAL: ReleaseGoal = { version: "1.1.0", steps: [], retire: false, retry: false };
const ORIGIN = { actor: "anna", commit: "abcdef0", reason: "spring" };

function toolsFor(stack: FakeStack, changes: Partial<ReleaseTools> = {}) {
  const progress: ReleaseProgress[] = [];
  const questions: string[] = [];
  const tools: ReleaseTools = {
    engine: stack.engine,
    project: "changeover",
    stack: "prod",
    env: {},
    readRule: () => stack.readRule(),
    confirm: async (question) => {
      questions.push(question);
      return true;
    },
    report: (line) => void progress.push(line),
    lockWaitMs: 200,
    pollMs: 5,
    signal: new AbortController().signal,
    ...changes,
  };
  return { tools, progress, questions };
}

const file = (stack: FakeStack) => Object.fromEntries(stack.file);

describe("release: run", () => {
  it("makes one update a step, asks before each shift, and leaves the config in agreement", async () => {
    const stack = new FakeStack();
    const { tools, progress, questions } = toolsFor(stack);
    const goal = { ...GOAL, steps: [5, 50], bakeMinutes: 10, retire: true, contractThrough: "0002_split" };
    const outcome = await runRelease(goal, ORIGIN, tools);
    assert.deepEqual(
      [outcome.status, outcome.reason, outcome.updates.map(({ kind }) => kind)],
      [
        "released",
        "green 1.1.0 receives all traffic",
        ["deploy", "canary", "canary", "flip", "retire", "contract"],
      ],
    );
    assert.deepEqual(questions, [
      "Shift 5 % of the traffic to green 1.1.0?",
      "Shift 50 % of the traffic to green 1.1.0?",
      "Flip traffic from blue 1.0.0 to green 1.1.0?",
    ]);
    assert.equal(stack.previews, 1);
    assert.deepEqual(file(stack), {
      live: "green",
      canaryPercent: "0",
      blueVersion: "1.0.0",
      greenVersion: "1.1.0",
      contractThrough: "0002_split",
      idle: "off",
      bakeMinutes: "10",
    });
    const [deploy, canary, second] = stack.ups;
    assert.deepEqual(
      [deploy?.actor, deploy?.commit, deploy?.reason, deploy?.expectedSerial, deploy?.updateId],
      ["anna", "abcdef0", "spring", "1", undefined],
    );
    assert.deepEqual([canary?.expectedSerial, second?.expectedSerial], ["1", "2"]);
    assert.notEqual(canary?.updateId, second?.updateId);
    assert.equal(progress.filter(({ type }) => type === "finished").length, 6);
    assert.match(String(progress[0]?.message), /^Release 1\.1\.0:\n {2}1\. Deploy 1\.1\.0 to green/);
  });

  it("changes nothing when it is run again", async () => {
    const stack = new FakeStack({ blue: "1.1.0" });
    const { tools } = toolsFor(stack);
    const outcome = await runRelease(GOAL, ORIGIN, tools);
    assert.deepEqual([outcome.status, stack.ups.length, stack.previews], ["released", 0, 0]);
  });

  it("releases the first version of a new stack", async () => {
    const stack = new FakeStack("new");
    const { tools, questions } = toolsFor(stack);
    assert.equal((await runRelease(GOAL, ORIGIN, tools)).status, "released");
    assert.deepEqual(questions, []);
    assert.deepEqual([file(stack).live, file(stack).blueVersion], ["blue", "1.1.0"]);
  });

  it("keeps the config file when the program rejects an update", async () => {
    const stack = new FakeStack();
    stack.accidents = [{ type: "rejected", message: "greenVersion must be published, got 1.1.0." }];
    const outcome = await runRelease(GOAL, ORIGIN, toolsFor(stack).tools);
    assert.equal(outcome.status, "failed");
    assert.match(outcome.reason, /rejected, nothing was changed\.\ngreenVersion must be published/);
    assert.deepEqual(outcome.remedies, [
      "Traffic now: blue 1.0.0 100 %.",
      "Correct what the error names, then run the same command again.",
    ]);
    assert.deepEqual(file(stack), {});
  });

  it("keeps the traffic in the config when the gate fails, and continues when it is run again", async () => {
    const stack = new FakeStack();
    stack.accidents = [undefined, { type: "failed", after: "nothing" }];
    const { tools } = toolsFor(stack);
    const outcome = await runRelease(GOAL, ORIGIN, tools);
    assert.deepEqual([outcome.status, outcome.updates.length], ["failed", 1]);
    assert.match(outcome.reason, /^Flip traffic from blue 1\.0\.0 to green 1\.1\.0: failed\.\ngate failed$/);
    assert.deepEqual([file(stack).live, file(stack).greenVersion], ["blue", "1.1.0"]);
    const again = await runRelease(GOAL, ORIGIN, tools);
    assert.deepEqual([again.status, again.updates.map(({ kind }) => kind)], ["released", ["flip"]]);
  });

  it("completes a shift that was interrupted after the rule had changed", async () => {
    const stack = new FakeStack();
    stack.accidents = [undefined, { type: "failed", after: "shift" }];
    const { tools } = toolsFor(stack);
    assert.equal((await runRelease(GOAL, ORIGIN, tools)).status, "failed");
    assert.equal(file(stack).live, "green");
    const again = await runRelease(GOAL, ORIGIN, tools);
    assert.deepEqual([again.status, again.updates.map(({ kind }) => kind)], ["released", ["continue"]]);
    assert.deepEqual([stack.ups.at(-1)?.updateId, stack.ups.at(-1)?.expectedSerial], [undefined, "2"]);
  });

  it("continues when the update of a killed run makes the planned shift meanwhile", async () => {
    const stack = new FakeStack();
    const { tools, progress } = toolsFor(stack, {
      confirm: async () => {
        stack.rule = { shares: allTrafficTo("green"), record: { serial: 2, kind: "shift" }, foreign: [] };
        return true;
      },
    });
    const outcome = await runRelease(GOAL, ORIGIN, tools);
    assert.deepEqual(
      [outcome.status, outcome.updates.map(({ kind }) => kind)],
      ["released", ["deploy", "continue"]],
    );
    assert.match(progress.find(({ type }) => type === "warning")?.message ?? "", /made this shift meanwhile/);
  });

  it("does not repeat a shift after traffic was shifted in another way meanwhile", async () => {
    const stack = new FakeStack();
    const confirm = async () => {
      stack.rule = { shares: allTrafficTo("blue"), record: { serial: 5, kind: "rollback" }, foreign: [] };
      return true;
    };
    const outcome = await runRelease(GOAL, ORIGIN, toolsFor(stack, { confirm }).tools);
    assert.deepEqual(
      [outcome.status, stack.rule?.shares, stack.shifts],
      ["failed", allTrafficTo("blue"), []],
    );
  });

  it("ends when the watch rolls back, and starts again only with retry", async () => {
    const stack = new FakeStack();
    stack.accidents = [undefined, { type: "watch-rollback", reason: "alarm errors" }];
    const { tools } = toolsFor(stack);
    const outcome = await runRelease(GOAL, ORIGIN, tools);
    assert.equal(outcome.status, "rolled-back");
    assert.match(outcome.reason, /rolled back \(alarm errors\)/);
    assert.equal(outcome.remedies[0], "Traffic now: blue 1.0.0 100 %.");
    assert.deepEqual([file(stack).live, file(stack).canaryPercent], ["blue", "0"]);
    const ups = stack.ups.length;
    assert.equal((await runRelease(GOAL, ORIGIN, tools)).status, "rolled-back");
    assert.equal(stack.ups.length, ups);
    const retried = await runRelease({ ...GOAL, retry: true }, ORIGIN, tools);
    assert.deepEqual(
      [retried.status, retried.updates.map(({ kind }) => kind)],
      ["released", ["adopt", "flip"]],
    );
  });

  it("shifts nothing that is not confirmed", async () => {
    const stack = new FakeStack();
    const outcome = await runRelease(GOAL, ORIGIN, toolsFor(stack, { confirm: async () => false }).tools);
    assert.deepEqual([outcome.status, stack.ups.length, stack.rule?.shares.blue], ["declined", 1, 100]);
  });

  it("waits for another update, and then reads the stack again", async () => {
    const stack = new FakeStack();
    const locked = { type: "thrown", error: new StackLockedError() } as const;
    stack.accidents = [locked, locked, undefined, locked];
    const { tools, progress } = toolsFor(stack, { lockWaitMs: 20_000 });
    assert.equal((await runRelease(GOAL, ORIGIN, tools)).status, "released");
    assert.equal(progress.filter(({ type }) => type === "waiting").length, 2);
  });

  it("gives up waiting for a lock after the limit, and says how to remove it", async () => {
    const stack = new FakeStack();
    const holder = { user: "anna", host: "laptop", pid: 7, since: "2026-01-01T00:00:00Z" };
    stack.accidents = Array.from({ length: 500 }, () => {
      return { type: "thrown", error: new StackLockedError(holder) } as const;
    });
    const outcome = await runRelease(
      GOAL,
      ORIGIN,
      toolsFor(stack, { clearStaleLock: async () => false }).tools,
    );
    assert.equal(outcome.status, "locked");
    assert.match(outcome.reason, /by anna@laptop \(pid 7\) since 2026-01-01T00:00:00Z/);
    assert.match(outcome.remedies.join(), /pulumi cancel --stack prod/);
  });

  it("removes the lock of a process of this machine that has ended, and no other", async () => {
    const holder = { user: "anna", host: hostname(), pid: 2 ** 30, since: "" };
    assert.equal(isStaleLock(holder), true);
    assert.equal(isStaleLock({ ...holder, pid: process.pid }), false);
    assert.equal(isStaleLock({ ...holder, host: "another" }), false);
    const stack = new FakeStack();
    stack.accidents = [{ type: "thrown", error: new StackLockedError(holder) }];
    const { tools } = toolsFor(stack, { clearStaleLock: async (found) => isStaleLock(found) });
    assert.equal((await runRelease(GOAL, ORIGIN, tools)).status, "released");
  });

  it("warns of credentials that expire before the longest update, and stops before one that cannot end", async () => {
    const env = (minutes: number) => ({
      AWS_ACCESS_KEY_ID: "x",
      AWS_CREDENTIAL_EXPIRATION: new Date(Date.now() + minutes * 60_000).toISOString(),
    });
    const stack = new FakeStack();
    stack.bakeMinutes = 30;
    const { tools, progress } = toolsFor(stack, { env: env(20.5) });
    const outcome = await runRelease(GOAL, ORIGIN, tools);
    const warning = progress.find(({ type }) => type === "warning");
    assert.deepEqual([warning?.remainingMinutes, warning?.longestMinutes], [20, 52]);
    assert.deepEqual([outcome.status, stack.ups.length], ["expired", 1]);
    assert.match(outcome.reason, /expire in 20 min, and the update takes 32 min or more/);
    const enough = toolsFor(stack, { env: env(120) });
    assert.equal((await runRelease(GOAL, ORIGIN, enough.tools)).status, "released");
    assert.equal(
      enough.progress.some(({ type }) => type === "warning"),
      false,
    );
  });

  it("lists the updates and previews the next one in a dry run", async () => {
    const stack = new FakeStack();
    const { tools, progress } = toolsFor(stack);
    const outcome = await previewRelease({ ...GOAL, steps: [10] }, ORIGIN, tools);
    assert.deepEqual([outcome.status, stack.ups.length, stack.previews], ["planned", 0, 1]);
    assert.deepEqual(progress[0]?.updates, [
      "Deploy 1.1.0 to green while blue is live",
      "Shift 10 % of the traffic to green 1.1.0",
      "Flip traffic from blue 1.0.0 to green 1.1.0",
    ]);
  });

  it("stops when an update leaves the outputs as before", async () => {
    const stack = new FakeStack();
    const up = async () => ({ steps: [], changes: {} as never, outputs: {}, durationMs: 1 });
    const { tools } = toolsFor(stack, { engine: { ...stack.engine, up } });
    assert.equal((await runRelease(GOAL, ORIGIN, tools)).status, "conflict");
  });

  it("saves the config and ends when it is interrupted", async () => {
    const stack = new FakeStack();
    const controller = new AbortController();
    const up = async () => {
      controller.abort();
      throw new Error("aborted");
    };
    const { tools } = toolsFor(stack, { engine: { ...stack.engine, up }, signal: controller.signal });
    await assert.rejects(runRelease(GOAL, ORIGIN, tools), { name: "AbortError" });
    assert.equal(file(stack).live, "blue");
  });
});
