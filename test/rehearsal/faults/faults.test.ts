import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { FAULTS } from "../../../rehearsal/faults";
import { missingNeed } from "../../../rehearsal/faults/stage/missing-needs";

const root = join(__dirname, "..", "..", "..");
const blue = { blue: 100, green: 0, tags: {} };
const green = { blue: 0, green: 100, tags: {} };
const half = { blue: 50, green: 50, tags: {} };
const rolledBack = { ...blue, tags: { "changeover:kind": "watch-rollback" } };

/** For each fault facts that are as expected, and facts that are not, with a part of the problem. */
const FACTS: Readonly<Record<string, { good: object; bad: readonly (readonly [object, RegExp])[] }>> = {
  ...Object.fromEntries(
    ["web-instance-killed", "app-instance-killed", "instance-frozen"].map((name) => [
      name,
      {
        good: { instance: "i-1", terminations: ["Terminating i-1 (health)"], terminatedAfterSeconds: 31 },
        bad: [[{ terminations: ["Terminating i-1 (health)", "Terminating i-2 (health)"] }, /i-2/]],
      },
    ]),
  ),
  ...Object.fromEntries(
    ["database-restarted", "database-away"].map((name) => [
      name,
      {
        good: { awaySeconds: 2, terminations: [] },
        bad: [[{ terminations: ["Terminating i-1 (health)"] }, /No instance may be terminated/]],
      },
    ]),
  ),
  "database-failover": {
    good: { awaySeconds: 2, terminations: [], from: "127.0.0.1", to: "127.0.0.2" },
    bad: [
      [{ to: "127.0.0.1" }, /another address/],
      [{ terminations: ["Terminating i-1 (health)"] }, /No instance may be terminated/],
    ],
  },
  "load-balancer-node-lost": {
    good: { connections: 10, requests: 4, failed: 20 },
    bad: [
      [{ failed: 21 }, /21 requests failed/],
      [{ connections: 0, failed: 0 }, /got none/],
    ],
  },
  "latency-between-tiers": {
    good: { to: "green", rule: green, p50Ms: 104 },
    bad: [
      [{ p50Ms: 8 }, /there was no latency/],
      [{ rule: blue }, /must be green 100 %/],
    ],
  },
  "clocks-apart": {
    good: { live: "blue", flipped: green, back: blue },
    bad: [
      [{ flipped: blue }, /must be green 100 %/],
      [{ back: green }, /must be blue 100 %/],
    ],
  },
  "weights-changed-by-hand": {
    good: { message: "canaryPercent: the traffic was shifted", rejected: half, adopted: half },
    bad: [
      [{ rejected: blue }, /must be blue 50 %, green 50 %/],
      [{ adopted: blue }, /must be blue 50 %, green 50 %/],
      [{ message: "a network error" }, /must name canaryPercent/],
    ],
  },
  "runner-killed": {
    good: { to: "green", atKill: green, continued: green, serial: { before: 3, after: 4 } },
    bad: [
      [{ continued: blue }, /must be green 100 %/],
      [{ serial: { before: 3, after: 5 } }, /must be 4, got 5/],
    ],
  },
  "gate-times-out": {
    good: { live: "blue", message: "Task timed out after 60 seconds", rule: blue, repaired: green },
    bad: [
      [{ rule: green }, /must be blue 100 %/],
      [{ repaired: blue }, /must be green 100 %/],
      [{ message: "denied" }, /timed out/],
    ],
  },
  "flip-while-scaled-out": {
    good: { to: "green", instancesBefore: 2, instancesAfter: 6, rule: green },
    bad: [
      [{ instancesAfter: 2 }, /must have 6 web instances/],
      [{ rule: blue }, /must be green 100 %/],
    ],
  },
  "lying-health-check": {
    good: {
      ...{ live: "blue", alarms: ["web-green-errors"], message: "web-green-errors is in ALARM" },
      rule: { blue: 90, green: 10, tags: {} },
    },
    bad: [
      [{ rule: green }, /must be blue 90 %, green 10 %/],
      [{ message: "denied" }, /web-green-errors/],
    ],
  },
  ...Object.fromEntries(
    ["slow-version", "errors-after-flip"].map((name) => [
      name,
      {
        good: { from: "blue", message: "The shift was rolled back", rule: rolledBack },
        bad: [
          [{ rule: { ...rolledBack, ...green } }, /watch must shift/],
          [{ rule: { ...rolledBack, blue: 0, green: 100 } }, /must be blue 100 %/],
          [{ message: "denied" }, /rolled back/],
        ],
      },
    ]),
  ),
  "leaking-connections": {
    good: {
      ...{ from: "blue", message: "The shift was rolled back", rule: rolledBack },
      ...{ leaked: 72, failedAfterRollback: 0 },
    },
    bad: [
      [{ leaked: 12 }, /must leak 40/],
      [{ failedAfterRollback: 3 }, /3 requests failed after the rollback/],
      [{ rule: { ...rolledBack, blue: 0, green: 100 } }, /must be blue 100 %/],
    ],
  },
  "rollback-while-update-hangs": {
    good: {
      ...{ to: "blue", status: 0, output: "", lastBadAnswerMs: 900 },
      rule: { ...blue, tags: { "changeover:kind": "rollback" } },
    },
    bad: [
      [{ status: 1, output: "no such stack" }, /no such stack/],
      [{ lastBadAnswerMs: 60_000 }, /60000 ms/],
      [{ rule: blue }, /record of a rollback/],
      [{ rule: { ...green, tags: { "changeover:kind": "rollback" } } }, /must be blue 100 %/],
    ],
  },
  "migration-meets-long-transaction": {
    good: { updatedAfterMs: 900, longestStallMs: 240 },
    bad: [
      [{ updatedAfterMs: -10 }, /must wait for the transaction/],
      [{ longestStallMs: 4_000 }, /stalled for 4000 ms/],
    ],
  },
  "migration-fails": {
    good: {
      message: "0002_names.expand.sql: rehearsed fault: no space left on device",
      rule: blue,
      applied: { before: 1, failed: 1, repaired: 3 },
    },
    bad: [
      [{ message: "0002_names.expand.sql: denied" }, /no space left/],
      [{ applied: { before: 1, failed: 2, repaired: 3 } }, /must have 1 rows/],
      [{ applied: { before: 1, failed: 1, repaired: 1 } }, /applied none/],
      [{ rule: green }, /must be blue 100 %/],
    ],
  },
  "version-crashes-at-start": {
    good: { live: "blue", message: "want at least 2 healthy instance(s)", rule: blue },
    bad: [
      [{ message: "denied" }, /healthy/],
      [{ rule: green }, /must be blue 100 %/],
    ],
  },
};

describe("faults", () => {
  it("faults: each file of the folder is a fault of the list, under its own name", () => {
    const files = readdirSync(join(root, "rehearsal", "faults"), { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "index.ts")
      .map(({ name }) => name.replace(/\.ts$/, ""));
    assert.deepEqual(FAULTS.map(({ name }) => name).sort(), files.sort());
  });

  it("faults: each says in sentences what is done, tolerated, expected and different on AWS", () => {
    for (const { name, summary, tolerates, expected, onAws } of FAULTS) {
      for (const text of [summary, tolerates, expected, onAws]) assert.match(text, /^[A-Z`].*\.$/, name);
    }
  });

  for (const fault of FAULTS) {
    it(`fault ${fault.name}: facts as expected are no problem, and each other fact is one`, () => {
      const facts = FACTS[fault.name];
      assert.ok(facts, `test/rehearsal/faults/faults.test.ts has no facts of ${fault.name}.`);
      assert.deepEqual(fault.problems(facts.good), []);
      assert.ok(fault.actual(facts.good).length > 10);
      assert.ok(facts.bad.length > 0);
      for (const [change, problem] of facts.bad) {
        assert.match(fault.problems({ ...facts.good, ...change }).join("\n"), problem);
      }
    });
  }

  it("faults: one that a program cannot have is named with the reason", () => {
    const programDirectory = join(root, "test", "applications", "records");
    const facts = { programDirectory, engine: "cli", versions: ["1.0.0", "1.1.0"] } as const;
    assert.equal(missingNeed({ needs: ["Node.js", "migrations"] }, facts), undefined);
    assert.match(missingNeed({ needs: ["in-process engine"] }, facts) ?? "", /--engine in-process/);
    assert.match(
      missingNeed({ needs: ["migrations"] }, { ...facts, versions: ["1.3.0", "1.3.0"] }) ?? "",
      /no expand/,
    );
  });
});
