import assert from "node:assert/strict";
import * as fc from "fast-check";
import { COLORS, type Color, otherColor } from "../../../components/fleet/color";
import { planRelease, type ReleasePlan } from "../../../stack/plan/plan-release";
import {
  colorsWithUsers,
  type LastRelease,
  type WantedRelease,
  weightsOf,
} from "../../../stack/plan/release-context";
import { RefusedError } from "../../../stack/validation-error";
import { NO_FINDINGS, SCRIPTS, VERSIONS } from "./support";

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

/** Undefined when it is refused. The output goes through the stack's state, as JSON, before the next update reads it. */
function plan(wanted: WantedRelease, last: LastRelease | undefined): ReleasePlan | undefined {
  try {
    const decided = planRelease(wanted, last, SCRIPTS, NO_FINDINGS, "now");
    return { ...decided, release: JSON.parse(JSON.stringify(decided.release)) };
  } catch (error) {
    if (error instanceof RefusedError) return undefined;
    throw error;
  }
}

/** Which of SCRIPTS a version survives: 1.2.0 has the shape of change 3, and lives without the old shapes up to it. */
const survives = (text: string, through: string | undefined) =>
  through === undefined || Number(text.split(".")[1]) + 1 >= Number(through.slice(0, 4));

/** What must hold after every update that is let through, told without the code that decides it. */
function assertSafe(wanted: WantedRelease, last: LastRelease | undefined, decided: ReleasePlan): void {
  const { weights, colors, gates, release } = decided;
  assert.equal(weights.blue + weights.green, 100);
  assert.equal(weights[wanted.live], 100 - wanted.canaryPercent);
  const users = COLORS.filter((name) => weights[name] > 0);
  assert.deepEqual(
    gates.map((gate) => gate.color).sort(),
    [...users].sort(),
    "each color with users has a gate",
  );
  for (const gate of gates) assert.equal(gate.version, wanted.versions[gate.color]);
  for (const name of users) {
    assert.equal(colors[name]?.on, true, `${name} has users and no servers`);
    if (last)
      assert.equal(last.versions[name], wanted.versions[name], `${name} got users and a version at once`);
  }
  for (const name of COLORS.filter((each) => (last?.weights[each] ?? 0) > 0)) {
    assert.equal(wanted.versions[name], last?.versions[name], `${name} changed under its users`);
  }
  const through = release.contracted?.through;
  for (const name of COLORS) {
    const own = colors[name];
    if (own?.on)
      assert.ok(survives(own.version, through), `${name} at ${own.version} serves after ${through}`);
    // Its servers leave at the very end, after a contract step of this update.
    const before = last?.versions[name];
    if (before !== undefined && before !== own?.version && through !== last?.contracted?.through) {
      assert.ok(survives(before, through), `${before} leaves ${name} only after ${through}`);
    }
    for (const script of own ? SCRIPTS : []) {
      const needed = script.phase === "expand" && survives(own?.version ?? "", script.id);
      if (needed) assert.ok(script.id in decided.schema.expand.scripts, `${own?.version} lacks ${script.id}`);
    }
  }
  for (const version of decided.schema.expand.versions) {
    assert.ok(
      survives(version, through),
      `the function would refuse to expand for ${version} after ${through}`,
    );
  }
  assert.ok(Number(through?.slice(0, 4) ?? 0) >= Number(last?.contracted?.through.slice(0, 4) ?? 0));
  assert.deepEqual(
    decided.retired,
    COLORS.filter((name) => colors[name]?.on === false),
  );
}

/** Whether users could really be moved back by the next update, were the color kept warm. */
function canFlipBack(wanted: WantedRelease, { release }: ReleasePlan): boolean {
  return (
    plan({ ...wanted, live: otherColor(wanted.live), canaryPercent: 0, idle: "warm" }, release) !== undefined
  );
}

describe("the share of users", () => {
  it("adds up to 100, and leaves the live color what the canary does not take", () => {
    fc.assert(
      fc.property(color, fc.integer({ min: 0, max: 99 }), (live, canary) => {
        const weights = weightsOf(live, canary);
        assert.equal(weights.blue + weights.green, 100);
        assert.equal(weights[live], 100 - canary);
        assert.ok(Object.values(weights).every((weight) => Number.isInteger(weight) && weight >= 0));
      }),
    );
  });

  it("says who has users: exactly those with a weight, the live color first", () => {
    fc.assert(
      fc.property(color, fc.integer({ min: 0, max: 99 }), (live, canary) => {
        const weights = weightsOf(live, canary);
        const users = colorsWithUsers(live, weights);
        assert.deepEqual(
          [...users].sort(),
          COLORS.filter((name) => weights[name] > 0),
        );
        assert.equal(users[0], live);
      }),
    );
  });
});

describe("a release", () => {
  it("is let through only when it is safe, whatever was before", () => {
    // Mostly what runs already, or nearly everything would be refused.
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
          weights: weightsOf(live, canaryPercent),
          contracted: contracted ? { through: contracted, serving: [] } : undefined,
        };
        const decided = plan(wanted, last);
        if (!decided) return;
        accepted += 1;
        assertSafe(wanted, last, decided);
      }),
      { numRuns: 5000 },
    );
    assert.ok(accepted > 100, `only ${accepted} of 5000 were let through`);
  });

  it("stays safe in any sequence: who has users was deployed before, with that version", () => {
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
    const seen = { flips: 0, canaries: 0, contracts: 0, waysBack: 0 };
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
          const canGoBack = next.idle === "warm" && canFlipBack(next, decided);
          assert.equal(decided.wayBack.open, canGoBack);
          for (const name of COLORS) {
            const own = next.versions[name];
            const hasUsers = last !== undefined && decided.weights[name] > 0;
            if (hasUsers) assert.ok(deployed[name].has(own ?? ""), `${name} ${own} is new`);
            // Replaced by another version, it has to be deployed again.
            if (own !== last?.versions[name]) deployed[name].clear();
            if (own !== undefined) deployed[name].add(own);
          }
          if (last && last.live !== next.live) seen.flips += 1;
          if (next.canaryPercent > 0) seen.canaries += 1;
          if (decided.release.contracted?.through !== last?.contracted?.through) seen.contracts += 1;
          if (decided.wayBack.open) seen.waysBack += 1;
          last = decided.release;
          wanted = next;
        }
      }),
      { numRuns: 300 },
    );
    for (const [what, times] of Object.entries(seen)) {
      assert.ok(times > 5, `only ${times} ${what} were seen`);
    }
  });

  it("has a way back exactly when the flip back would be let through, as long as the color is kept warm", () => {
    const open = { true: 0, false: 0 };
    fc.assert(
      fc.property(wantedRelease, wantedRelease, (before, now) => {
        const last = plan({ ...before, contractThrough: undefined }, undefined)?.release;
        const wanted: WantedRelease = { ...now, idle: "warm" };
        const decided = plan(wanted, last);
        if (!decided) return;
        assert.equal(decided.wayBack.open, canFlipBack(wanted, decided));
        open[`${decided.wayBack.open}`] += 1;
      }),
      { numRuns: 3000 },
    );
    assert.ok(open.true > 5 && open.false > 5, JSON.stringify(open));
  });

  it("is refused or planned, and never fails otherwise", () => {
    const scripts = fc.subarray([...SCRIPTS]);
    fc.assert(
      fc.property(
        wantedRelease,
        fc.option(wantedRelease, { nil: undefined }),
        scripts,
        (wanted, before, some) => {
          const {
            live = "blue",
            versions = {},
            canaryPercent = 0,
            contractThrough = undefined,
          } = before ?? {};
          const contracted = contractThrough ? { through: contractThrough, serving: [] } : undefined;
          const last = before && { live, versions, weights: weightsOf(live, canaryPercent), contracted };
          try {
            planRelease(wanted, last, some, NO_FINDINGS, "now");
          } catch (error) {
            assert.ok(error instanceof RefusedError, String(error));
            for (const sentence of error.message.split("\n"))
              assert.match(sentence, /^\w+: got .+; allowed is .+\.$/);
          }
        },
      ),
    );
  });
});
