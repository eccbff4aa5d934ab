import assert from "node:assert/strict";
import { planService, type ServicePlan, watchedShift } from "../../../components/service/plan-service";
import { formatMemory, RELEASE_TAG } from "../../../components/service/release-tag";
import type { ServiceRule, WantedService } from "../../../components/service/service-state";
import { formatIssue } from "../../../components/validation/validation-issue";

const both = { blue: "1.0.0", green: "1.1.0" };
const wanted = (more: Partial<WantedService> = {}): WantedService => ({
  live: "blue",
  canaryPercent: 0,
  versions: both,
  ...more,
});

function planned(want: WantedService, rule: ServiceRule): ServicePlan {
  const plan = planService(want, rule);
  assert.ok(!("issues" in plan), JSON.stringify(plan));
  return plan;
}

/** The production rule as an update with this plan leaves it. */
function ruleAfter(
  { weights, record, memory, leaving, weightFactor }: ServicePlan,
  deployed = true,
): ServiceRule {
  const served = leaving && { served: { color: leaving, until: "2026-11-30T18:00:00.000Z" } };
  const tags = Object.fromEntries(
    Object.entries(record).map(([key, value]) => [`changeover:${key}`, String(value)]),
  );
  return {
    kind: "rule",
    arn: "arn:rule",
    weights,
    total: 100 * weightFactor,
    foreign: [],
    tags: { ...tags, [RELEASE_TAG]: formatMemory({ ...memory, ...served }) },
    deployed: deployed ? ["blue", "green"] : [],
  };
}

/** The rule after a series of updates. */
function ruleOf(...series: WantedService[]): ServiceRule {
  return series.reduce<ServiceRule>((rule, want) => ruleAfter(planned(want, rule)), { kind: "none" });
}

function issuesOf(want: WantedService, rule: ServiceRule): string[] {
  const plan = planService(want, rule);
  return "issues" in plan ? plan.issues.map(formatIssue) : [];
}

const canary = wanted({ canaryPercent: 20 });
const flipped = wanted({ live: "green" });

describe("components: plan of a service", () => {
  it("plan: the first traffic has the number 1, and there is nothing to watch", () => {
    const plan = planned(wanted({ actor: "ann" }), { kind: "none" });
    assert.deepEqual(plan.record, { serial: 1, kind: "first", actor: "ann" });
    assert.equal(watchedShift(plan), undefined);
  });

  it("plan: an update without a shift repeats the record and the checks of the last shift", () => {
    for (const series of [
      [wanted()],
      [wanted(), canary],
      [wanted(), canary, flipped],
      [wanted(), flipped, wanted()],
    ]) {
      const rule = ruleOf(...series);
      const last = series.at(-1) ?? wanted();
      const again = planned({ ...last, actor: "bob", reason: "another" }, rule);
      assert.equal(again.isShift, false);
      assert.deepEqual(ruleAfter(again), rule);
    }
  });

  it("plan: only the color that gets more traffic is checked again", () => {
    const first = planned(wanted(), { kind: "none" });
    const plan = planned(canary, ruleAfter(first));
    assert.deepEqual(plan.memory.colors.blue, first.memory.colors.blue);
    assert.deepEqual(plan.memory.colors.green, {
      version: "1.1.0",
      serial: 2,
      before: { blue: 100, green: 0 },
      after: { blue: 80, green: 20 },
    });
    const back = planned(wanted(), ruleAfter(plan));
    assert.deepEqual([back.memory.colors.blue?.serial, back.memory.colors.blue?.servedUntil], [3, "now"]);
  });

  it("plan: a flip watches the live color and holds the former one", () => {
    assert.deepEqual(watchedShift(planned(flipped, ruleOf(wanted()))), {
      color: "green",
      version: "1.1.0",
      serial: 2,
      weights: { blue: 0, green: 100 },
      weightsBefore: { blue: 100, green: 0 },
      holdColor: "blue",
    });
  });

  it("plan: a return to the color that served before is a rollback, and the return to the other one is not", () => {
    const back = planned(wanted(), ruleOf(wanted(), flipped));
    assert.equal(back.memory.colors.blue?.servedUntil, "2026-11-30T18:00:00.000Z");
    assert.equal(back.leaving, undefined);
    const forth = planned(flipped, ruleAfter(back));
    assert.equal(forth.memory.colors.green?.servedUntil, undefined);
    const redeployed = planned(
      wanted({ versions: { blue: "1.2.0", green: "1.1.0" } }),
      ruleOf(wanted(), flipped),
    );
    assert.equal(redeployed.memory.colors.blue?.servedUntil, undefined);
  });

  it("plan: the version of a color with traffic does not change, that of the other one does", () => {
    const rule = ruleOf(wanted());
    assert.match(
      issuesOf(wanted({ versions: { blue: "1.0.1", green: "1.1.0" } }), rule)[0] ?? "",
      /^versions\.blue must be "1\.0\.0" while blue receives 100 % of the traffic, got "1\.0\.1"\. Deploy/,
    );
    assert.deepEqual(issuesOf(wanted({ versions: { blue: "1.0.0", green: "1.2.0" } }), rule), []);
    const [issue] = issuesOf(wanted({ versions: { green: "1.1.0" } }), ruleOf(wanted({ versions: both })));
    assert.match(issue ?? "", /^versions\.blue must be "1\.0\.0"/);
  });

  it("plan: a version gets traffic only after it was deployed, if that can be known", () => {
    const rule = ruleAfter(planned(wanted(), { kind: "none" }), false);
    assert.match(
      issuesOf(flipped, rule)[0] ?? "",
      /^live must be "blue" until 1\.1\.0 is deployed to green, got "green"/,
    );
    assert.match(
      issuesOf(canary, rule)[0] ?? "",
      /^canaryPercent must be 0 until 1\.1\.0 is deployed to green, got 20/,
    );
    assert.deepEqual(issuesOf(flipped, { ...rule, deployed: undefined } as ServiceRule), []);
  });

  const shiftedByWatch = (): ServiceRule => {
    const rule = ruleOf(wanted(), flipped);
    assert.ok(rule.kind === "rule");
    const tags = { ...rule.tags, "changeover:serial": "3", "changeover:kind": "watch-rollback" };
    return { ...rule, weights: { blue: 100, green: 0 }, tags };
  };

  it("plan: a shift by another writer is kept until the args agree or confirm it", () => {
    const rule = shiftedByWatch();
    assert.match(
      issuesOf(flipped, rule)[0] ?? "",
      /^live must be as the production rule, .*blue 100 %; shift 3, watch-rollback, got "green"\. .*set expectedSerial to 3\.$/,
    );
    const adopted = planned(wanted(), rule);
    assert.deepEqual(
      [adopted.isShift, adopted.record.serial, adopted.record.kind],
      [false, 3, "watch-rollback"],
    );
    assert.equal(watchedShift(adopted), undefined);
    assert.deepEqual(adopted.memory.colors.blue?.servedUntil, "now");
    assert.deepEqual(issuesOf(flipped, ruleAfter(adopted)), []);
    assert.match(issuesOf({ ...flipped, expectedSerial: 2 }, rule)[0] ?? "", /^expectedSerial must be 3, /);
    const confirmed = planned({ ...flipped, expectedSerial: 3 }, rule);
    assert.equal(confirmed.record.serial, 4);
    // The declared weights must differ from those of the last update, or the provider changes nothing.
    assert.ok(confirmed.weightFactor > 1);
    assert.equal(planned(flipped, ruleAfter(confirmed)).weightFactor, confirmed.weightFactor);
  });

  it("plan: a rule of another program on the same priority is rejected", () => {
    const rule = ruleOf(wanted());
    assert.match(
      issuesOf(wanted(), { ...rule, foreign: ["arn:theirs"] } as ServiceRule)[0] ?? "",
      /^priority must be a number that no other rule of the listener has; arn:rule forwards to arn:theirs/,
    );
  });
});
