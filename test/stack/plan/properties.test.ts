import assert from "node:assert/strict";
import * as fc from "fast-check";
import { COLORS, type Color, otherColor } from "../../../components/fleet/color";
import type { LastRelease } from "../../../stack/plan/last-release";
import type { ReleasePlan } from "../../../stack/plan/plan-release";
import { compareTruth, type ProductionReading } from "../../../stack/plan/truth";
import { trafficWeights, type WantedRelease } from "../../../stack/plan/wanted-release";
import { ValidationError } from "../../../stack/validation-error";
import { planUpdate, SCRIPTS, updateIssues, VERSIONS } from "./support";

const color = fc.constantFrom<Color>("blue", "green");
const percent = fc.oneof(fc.constantFrom(0, 0, 0, 10, 99), fc.integer({ min: 0, max: 99 }));
const version = fc.option(fc.constantFrom<string>(...VERSIONS), { nil: undefined });
const contract = fc.constantFrom("0002_change", "0003_change", "0004_change", undefined);
const wantedRelease: fc.Arbitrary<WantedRelease> = fc.record({
  live: color,
  versions: fc.record({ blue: version, green: version }),
  canaryPercent: percent,
  idle: fc.constantFrom("warm" as const, "off" as const),
  contractThrough: contract,
  maxMigrationInvocations: fc.integer({ min: 1, max: 16 }),
});

/** Undefined when it is rejected. The memory passes through the stack's state as JSON. */
function plan(wanted: WantedRelease, last: LastRelease | undefined): ReleasePlan | undefined {
  try {
    const decided = planUpdate(wanted, last ?? null);
    return { ...decided, release: JSON.parse(JSON.stringify(decided.release)) };
  } catch (error) {
    if (error instanceof ValidationError) return undefined;
    throw error;
  }
}

/** Compatibility with SCRIPTS, decided without the program's code: 1.2.0 needs change 3 and no older shape. */
const survives = (version: string, through: string | undefined) =>
  through === undefined || Number(version.split(".")[1]) + 1 >= Number(through.slice(0, 4));

/** The invariants of every accepted update. */
function assertSafe(wanted: WantedRelease, last: LastRelease | undefined, decided: ReleasePlan): void {
  const { weights, serving, idle, retired, gateChecks, release } = decided;
  assert.equal(weights.blue + weights.green, 100);
  assert.equal(weights[wanted.live], 100 - wanted.canaryPercent);
  const withTraffic = COLORS.filter((name) => weights[name] > 0);
  const colorsOf = (list: readonly { readonly color: Color }[]) => list.map((each) => each.color).sort();
  assert.deepEqual(colorsOf(serving), [...withTraffic].sort(), "exactly the colors with traffic serve");
  for (const name of COLORS.filter((each) => weights[each] > (last?.weights[each] ?? 0))) {
    const check = gateChecks.find((each) => each.color === name);
    assert.ok(check && !check.done && check.trigger.serial === release.serial, `${name} is not checked`);
  }
  assert.ok(colorsOf(gateChecks).every((name) => withTraffic.includes(name)));
  const isShift = last === undefined || COLORS.some((name) => weights[name] !== last.weights[name]);
  const counted = last?.serial === undefined ? 1 : last.serial + (isShift ? 1 : 0);
  assert.equal(release.serial, counted, "each shift has the next number");
  if (!isShift && last.live === wanted.live) assert.ok(gateChecks.every(({ done }) => done));
  const named = COLORS.filter((name) => wanted.versions[name] !== undefined);
  assert.deepEqual(colorsOf([...serving, ...idle, ...retired]), [...named].sort());
  for (const { color: name, version: own } of [...serving, ...idle, ...retired, ...gateChecks]) {
    assert.equal(own, wanted.versions[name]);
  }
  for (const { color: name, version: own } of serving) {
    if (last) assert.equal(last.versions[name], own, `${name} got traffic and a version at once`);
  }
  for (const name of COLORS.filter((each) => (last?.weights[each] ?? 0) > 0)) {
    assert.equal(wanted.versions[name], last?.versions[name], `${name} changed under traffic`);
  }
  const through = release.contracted?.through;
  for (const { color: name, version: own } of [...serving, ...idle]) {
    assert.ok(survives(own, through), `${name} at ${own} has instances after ${through}`);
  }
  for (const name of COLORS) {
    const own = wanted.versions[name];
    // Replaced instances are terminated after the contract step of the same update.
    const before = last?.versions[name];
    if (before !== undefined && before !== own && through !== last?.contracted?.through) {
      assert.ok(survives(before, through), `${before} leaves ${name} only after ${through}`);
    }
    for (const script of own ? SCRIPTS : []) {
      const needed = script.phase === "expand" && survives(own ?? "", script.id);
      if (needed) assert.ok(script.id in decided.migrations.expand.scripts, `${own} lacks ${script.id}`);
    }
  }
  for (const own of decided.migrations.expand.versions) {
    assert.ok(survives(own, through), `the function would reject ${own} after ${through}`);
  }
  assert.ok(Number(through?.slice(0, 4) ?? 0) >= Number(last?.contracted?.through.slice(0, 4) ?? 0));
}

/** The next update can flip back, were the color warm. */
function canRollBack(wanted: WantedRelease, { release }: ReleasePlan): boolean {
  return (
    plan({ ...wanted, live: otherColor(wanted.live), canaryPercent: 0, idle: "warm" }, release) !== undefined
  );
}

describe("traffic weights", () => {
  it("add up to 100 and give the live color the rest of the canary", () => {
    fc.assert(
      fc.property(color, fc.integer({ min: 0, max: 99 }), (live, canaryPercent) => {
        const weights = trafficWeights({ live, canaryPercent });
        assert.equal(weights.blue + weights.green, 100);
        assert.equal(weights[live], 100 - canaryPercent);
        assert.ok(Object.values(weights).every((weight) => Number.isInteger(weight) && weight >= 0));
      }),
    );
  });
});

/** A production rule after a change by any writer. */
const anyRule: fc.Arbitrary<ProductionReading> = fc.oneof(
  fc.constant<ProductionReading>({ kind: "unread" }),
  fc.constant<ProductionReading>({ kind: "none" }),
  fc.record({
    kind: fc.constant("rule" as const),
    weights: fc
      .tuple(color, fc.constantFrom(0, 0, 0, 10))
      .map(([live, canaryPercent]) => trafficWeights({ live, canaryPercent })),
    record: fc.option(
      fc.record(
        {
          serial: fc.integer({ min: 1, max: 4 }),
          kind: fc.constantFrom("shift" as const, "rollback" as const, "watch-rollback" as const),
          at: fc.constant("2026-03-01T03:00:00.000Z"),
        },
        { requiredKeys: ["serial", "kind"] },
      ),
      { nil: undefined },
    ),
    foreign: fc.constantFrom([], [], [], ["arn:other"]),
  }),
);

describe("truth, any input", () => {
  const lastRelease = fc.option(
    fc.record({
      wanted: wantedRelease,
      serial: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    }),
    { nil: undefined },
  );
  const memoryOf = (given: { wanted: WantedRelease; serial?: number } | undefined): LastRelease | undefined =>
    given && {
      ...{ live: given.wanted.live, versions: given.wanted.versions, serial: given.serial },
      weights: trafficWeights(given.wanted),
      gateChecks: {
        live: { serial: given.serial ?? 0, otherSharePercent: 100 },
        canary: { serial: given.serial ?? 0, otherSharePercent: 100 },
      },
    };

  it("never shifts the real traffic without a new gate check, unless it is adopted or an interrupted shift", () => {
    const seen = { agreed: 0, unread: 0, interrupted: 0, adopted: 0, recovered: 0, rejected: 0, shifts: 0 };
    const serials = fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined });
    fc.assert(
      fc.property(
        wantedRelease,
        lastRelease,
        anyRule,
        serials,
        fc.boolean(),
        (wanted, given, any, expected, ends) => {
          // Mostly small worlds, because random ones hardly ever agree.
          const last = memoryOf(
            given && { ...given, wanted: { ...given.wanted, canaryPercent: 0, versions: wanted.versions } },
          );
          // Half of the rules match the wanted release, as after an update that was interrupted.
          const rule =
            ends && any.kind === "rule" ? { ...any, weights: trafficWeights(wanted), foreign: [] } : any;
          const expectedSerial = ends ? undefined : expected;
          const truth = compareTruth({ last, rule, wanted, expectedSerial });
          if ("issues" in truth) {
            seen.rejected += 1;
            assert.ok(truth.issues.length > 0);
            return;
          }
          seen[truth.stance] += 1;
          if (rule.kind !== "rule") return;
          assert.deepEqual(rule.foreign, [], "foreign target groups stay as they are");
          const { before } = truth;
          const weights = trafficWeights(wanted);
          const moves = COLORS.some((name) => weights[name] !== rule.weights[name]);
          const serial = rule.record?.serial ?? last?.serial ?? 0;
          if (expectedSerial !== undefined && truth.stance !== "interrupted") {
            assert.equal(expectedSerial, serial, "a stale config is accepted");
          }
          if (truth.stance === "interrupted" || truth.stance === "recovered") assert.equal(moves, false);
          if (truth.stance === "adopted" && moves)
            assert.equal(expectedSerial, serial, "it was decided upon");
          if (moves && truth.stance === "agreed") {
            assert.deepEqual(rule.weights, last?.weights, "the memory is outdated");
          }
          if (truth.stance === "adopted") assert.deepEqual(before?.weights, rule.weights);
          const decided = plan(wanted, before);
          if (!decided) return;
          if (moves) seen.shifts += 1;
          for (const name of COLORS.filter((each) => weights[each] > rule.weights[each])) {
            const check = decided.gateChecks.find((each) => each.color === name);
            assert.ok(check && !check.done, `${name} receives more traffic without a check`);
          }
          if (truth.stance === "adopted" && !moves) {
            assert.equal(decided.shift.isShift, false, "an adoption shifts");
            assert.ok(decided.gateChecks.every(({ done }) => done || last?.live !== wanted.live));
            assert.ok((decided.release.serial ?? 0) >= (last?.serial ?? 0), "the number of shifts decreases");
          }
        },
      ),
      { numRuns: 20_000 },
    );
    for (const [event, times] of Object.entries(seen)) assert.ok(times > 0, `only ${times} ${event}`);
  });
});

describe("release plan, any input", () => {
  it("is accepted only when it is safe, after any last release", () => {
    // Mostly the last versions, or nearly every release would be rejected.
    const ran = fc.record({ isSame: fc.boolean(), other: version });
    const before = fc.record({
      flips: fc.boolean(),
      canaryPercent: fc.constantFrom(0, 0, 10, 99),
      blue: ran,
      green: ran,
      contracted: fc.option(fc.constantFrom("0002_change", "0003_change"), { nil: undefined }),
    });
    let accepted = 0;
    fc.assert(
      fc.property(wantedRelease, before, (wanted, { flips, canaryPercent, contracted, ...colors }) => {
        const versionOf = (name: Color) => (colors[name].isSame ? wanted.versions[name] : colors[name].other);
        const live = flips ? otherColor(wanted.live) : wanted.live;
        const last: LastRelease = {
          live,
          versions: { blue: versionOf("blue"), green: versionOf("green") },
          weights: trafficWeights({ live, canaryPercent }),
          contracted: contracted ? { through: contracted, serving: [] } : undefined,
        };
        const decided = plan(wanted, last);
        if (!decided) return;
        accepted += 1;
        assertSafe(wanted, last, decided);
      }),
      { numRuns: 5000 },
    );
    assert.ok(accepted > 100, `only ${accepted} of 5000 were accepted`);
  });

  it("stays safe in any sequence: a version receives traffic only after it was deployed", () => {
    const to = (changes: Partial<WantedRelease>) => (wanted: WantedRelease) => ({ ...wanted, ...changes });
    const deploy = (name: Color, own: string | undefined) => (wanted: WantedRelease) => ({
      ...wanted,
      versions: { ...wanted.versions, [name]: own },
    });
    const change = fc.oneof(
      color.map((live) => to({ live })),
      color.map((live) => to({ live, canaryPercent: 0, idle: "off" })),
      percent.map((canaryPercent) => to({ canaryPercent })),
      fc.tuple(color, version).map(([name, own]) => deploy(name, own)),
      fc.constantFrom("warm" as const, "off" as const).map((idle) => to({ idle })),
      contract.map((contractThrough) => to({ contractThrough })),
      wantedRelease.map(to),
    );
    const first: WantedRelease = {
      live: "blue",
      versions: { blue: "1.0.0", green: undefined },
      canaryPercent: 0,
      idle: "warm",
      maxMigrationInvocations: 4,
    };
    const seen = { flips: 0, canaries: 0, contracts: 0, rollbacks: 0 };
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40, size: "max" }), (changes) => {
        let last: LastRelease | undefined;
        let wanted = first;
        const deployed: Record<Color, Set<string>> = { blue: new Set(), green: new Set() };
        for (const changed of [to({}), ...changes]) {
          const next = changed(wanted);
          const decided = plan(next, last);
          if (!decided) continue;
          assertSafe(next, last, decided);
          assert.equal(decided.rollback.open, next.idle === "warm" && canRollBack(next, decided));
          for (const name of COLORS) {
            const own = next.versions[name];
            const hasTraffic = last !== undefined && decided.weights[name] > 0;
            if (hasTraffic) assert.ok(deployed[name].has(own ?? ""), `${name} ${own} is new`);
            // A replaced version must be deployed again.
            if (own !== last?.versions[name]) deployed[name].clear();
            if (own !== undefined) deployed[name].add(own);
          }
          if (last && last.live !== next.live) seen.flips += 1;
          if (next.canaryPercent > 0) seen.canaries += 1;
          if (decided.release.contracted?.through !== last?.contracted?.through) seen.contracts += 1;
          if (decided.rollback.open) seen.rollbacks += 1;
          last = decided.release;
          wanted = next;
        }
      }),
      { numRuns: 300 },
    );
    for (const [event, times] of Object.entries(seen)) {
      assert.ok(times > 5, `only ${times} ${event}`);
    }
  });

  it("has an open rollback window exactly when a flip back would be accepted and the color is warm", () => {
    const open = { true: 0, false: 0 };
    fc.assert(
      fc.property(wantedRelease, wantedRelease, (before, now) => {
        const last = plan({ ...before, contractThrough: undefined }, undefined)?.release;
        const wanted: WantedRelease = { ...now, idle: "warm" };
        const decided = plan(wanted, last);
        if (!decided) return;
        assert.equal(decided.rollback.open, canRollBack(wanted, decided));
        open[`${decided.rollback.open}`] += 1;
      }),
      { numRuns: 3000 },
    );
    assert.ok(open.true > 5 && open.false > 5, JSON.stringify(open));
  });

  it("is accepted or rejected with issues, and throws nothing else", () => {
    fc.assert(
      fc.property(
        wantedRelease,
        fc.option(wantedRelease, { nil: undefined }),
        fc.subarray([...SCRIPTS]),
        (wanted, before, scripts) => {
          const contracted = before?.contractThrough && { through: before.contractThrough, serving: [] };
          const last = before && {
            live: before.live,
            versions: before.versions,
            weights: trafficWeights(before),
            contracted: contracted || undefined,
          };
          for (const { key, allowed, remedy } of updateIssues(wanted, last ?? null, { scripts })) {
            assert.match(key, /^\w+$/);
            assert.ok(allowed !== "" && remedy?.endsWith("."), `${key}: ${allowed} ${remedy}`);
          }
        },
      ),
    );
  });
});
