import assert from "node:assert/strict";
import * as fc from "fast-check";
import { COLORS, type Color, otherColor } from "../../../components/fleet/color";
import type { LastRelease } from "../../../stack/plan/last-release";
import type { ReleasePlan } from "../../../stack/plan/plan-release";
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
  assert.deepEqual(colorsOf(gateChecks), colorsOf(serving), "each serving color has a gate check");
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
