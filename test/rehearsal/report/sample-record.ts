import type { RunRecord } from "../../../rehearsal/report/run-record";

const START = Date.parse("2026-03-02T10:00:00Z");

export function timeAt(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString();
}

type Load = NonNullable<RunRecord["load"]>;

/** A load of 40 s at 100 requests/s, with a flip from blue to green after 20 s. */
export function sampleLoad(changes: Partial<Load> = {}): Load {
  const points = Array.from({ length: 40 }, (_, second) => ({
    atSeconds: second,
    requests: 100,
    failed: 0,
    p50Ms: 4,
    p99Ms: second === 20 ? 80 : 12,
    maxMs: second === 20 ? 120 : 18,
    byColor: { [second < 20 ? "blue" : "green"]: 100 },
    byVersion: { [second < 20 ? "blue 1.0.0" : "green 1.1.0"]: 100 },
  }));
  return {
    startedAt: timeAt(0),
    durationSeconds: 40,
    requests: { total: 4000, failed: 0, dropped: 0, unfinished: 0, perSecond: 100 },
    sessions: { total: 60, lost: 0 },
    uploads: { total: 8, cut: 0 },
    webSockets: { connections: 4, reconnects: 4, messages: 160, acknowledged: 160 },
    answers: { wrong: 0, unattributed: 0, byVersion: { "1.0.0": 2000, "1.1.0": 2000 } },
    records: { stored: 60, reads: 900, failedReads: 0, failedSpan: null },
    stall: { longestMs: 120, readsMs: 120, writesMs: 40 },
    latency: { p50Ms: 4, p99Ms: 14, maxMs: 120, p99DuringFlipMs: 80 },
    flips: [
      {
        from: "blue",
        to: "green",
        startedAt: timeAt(20),
        firstAnswerFromNewMs: 900,
        lastAnswerFromOldMs: 950,
        resourcesChanged: 2,
        requests: 300,
        failed: 0,
        latencyMaxMs: 120,
      },
    ],
    marks: [],
    failures: [],
    failureSpan: null,
    failuresByKind: {},
    series: { bucketSeconds: 1, points },
    generator: {
      lagP99Ms: 2,
      lagMaxMs: 9,
      eventLoopDelayP99Ms: 3,
      eventLoopDelayMaxMs: 11,
      loadAverage: 1.2,
      cpuPressure: 0.3,
    },
    noisy: false,
    noisyReasons: [],
    ...changes,
  };
}

/** The record of a run with one release, all optional parts, and no failure. */
export function sampleRecord(changes: Partial<RunRecord> = {}): RunRecord {
  const blue = { color: "blue", version: "1.0.0" };
  const green = { color: "green", version: "1.1.0" };
  return {
    recordVersion: 1,
    application: "shop",
    startedAt: timeAt(-30),
    endedAt: timeAt(41),
    outcome: {
      result: "passed",
      reasons: [],
      proven: ["No request failed while the traffic moved from 1.0.0 to 1.1.0."],
      notProven: ["A canary was not part of this run."],
    },
    environment: {
      cores: 2,
      memoryGib: 24,
      platform: "linux x64",
      node: "v20.20.0",
      changeover: "0.2.0",
      postgres: "18.4",
      engine: "in-process",
      commit: "0123456789abcdef0123456789abcdef01234567",
      hasLocalChanges: false,
      command: "changeover rehearse --seed 7",
      seed: 7,
      requestsPerSecond: 100,
      timeScale: 1,
      alarmTimeScale: 30,
    },
    releases: [{ from: blue, to: green, rolledBack: false, contractThrough: "0002_split_name" }],
    steps: [
      {
        title: "Deploy 1.0.0 to blue, the first color",
        kind: "first",
        startedAt: timeAt(-25),
        endedAt: timeAt(-5),
        changes: { create: 150, update: 0, replace: 0, delete: 0, same: 0 },
        trafficAfter: [{ ...blue, percent: 100 }],
      },
      {
        title: "Deploy 1.1.0 to green while blue is live",
        kind: "deploy",
        startedAt: timeAt(5),
        endedAt: timeAt(12),
        trafficAfter: [{ ...blue, percent: 100 }],
        migrations: [
          {
            script: "0002_split_name.expand",
            phase: "expand",
            seconds: 0.4,
            rows: 500,
            locks: [{ table: "records", mode: "SHARE UPDATE EXCLUSIVE" }],
            longestWaitMs: 3,
          },
        ],
      },
      {
        title: "Flip traffic from blue to green",
        kind: "flip",
        startedAt: timeAt(20),
        endedAt: timeAt(23),
        changes: { create: 0, update: 1, replace: 1, delete: 0, same: 165 },
        trafficBefore: [{ ...blue, percent: 100 }],
        trafficAfter: [{ ...green, percent: 100 }],
        gate: [
          {
            ...green,
            passed: true,
            seconds: 1.8,
            tiers: [
              { tier: "web", healthy: 2, needed: 2 },
              { tier: "app", healthy: 2, needed: 2 },
            ],
          },
        ],
        rollback: { open: true, to: blue, reason: "blue 1.0.0 is warm." },
      },
    ],
    load: sampleLoad(),
    alarms: [
      {
        name: "shop-green-errors",
        color: "green",
        states: [
          { at: timeAt(-5), state: "OK" },
          { at: timeAt(26), state: "ALARM", reason: "5 % of the responses are errors." },
          { at: timeAt(30), state: "OK" },
        ],
      },
    ],
    instances: ["web", "app"].flatMap((tier) => [
      {
        id: `i-${tier}1`,
        tier,
        color: "blue",
        version: "1.0.0",
        launchedAt: timeAt(-20),
        healthyAt: timeAt(-10),
      },
      {
        id: `i-${tier}2`,
        tier,
        color: "green",
        version: "1.1.0",
        launchedAt: timeAt(7),
        healthyAt: timeAt(10),
      },
    ]),
    faults: [
      {
        name: "kill-web",
        summary: "A web instance was killed.",
        tolerated: "The requests that it was answering.",
        expected: "Auto Scaling replaces the instance.",
        actual: "Replaced after 7 s.",
        lost: { requestsFailed: 3, sessionsLost: 0, uploadsCut: 1, wrongAnswers: 0 },
        noticed: [{ by: "health check", afterSeconds: 2.5 }],
        recoveredAfterSeconds: 7,
        passed: true,
        onAws: "An instance boots for about a minute.",
      },
    ],
    strategies: [
      strategy("stop", "Stop everything", 22.5),
      strategy("streamlined", "Stop everything, prepared", 9),
      strategy("window", "Blue and green, outage for the database", 3.25),
      strategy("zero", "Expand and contract", 0),
    ],
    ...changes,
  };
}

type Strategy = NonNullable<RunRecord["strategies"]>[number];

function strategy(name: Strategy["name"], title: string, outageSeconds: number): Strategy {
  const lost = {
    requestsFailed: Math.round(outageSeconds * 100),
    sessionsLost: 0,
    uploadsCut: 0,
    wrongAnswers: 0,
  };
  return {
    ...{ name, title, outageSeconds, lost, requests: 5000, steps: [] },
    isServing: true,
    recordsUnreadableSeconds: outageSeconds,
    releaseSeconds: 40,
  };
}
