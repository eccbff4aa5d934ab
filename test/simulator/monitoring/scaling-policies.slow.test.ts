import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { createFleet, createSite, type Site } from "../site";
import { type TestSimulator, until, withSimulator } from "../stack";

const POLICY = "aws:autoscaling/policy:Policy";
/** A minute of a policy lasts one second. */
const OPTIONS = { alarmTimeScale: 60 };

describe("simulator: scaling policies", () => {
  it("scaling policy: requests above the target add instances, and their end removes them again", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      const { group } = await createFleet(stack, site, { version: "1.0.0", defaultInstanceWarmup: 30 });
      const label = `${site.loadBalancer.outs.arnSuffix}/${site.targetGroup.outs.arnSuffix}`;
      await track(stack, group.id, {
        predefinedMetricSpecification: {
          predefinedMetricType: "ALBRequestCountPerTarget",
          resourceLabel: label,
        },
        targetValue: 300,
      });
      const activities: string[] = [];
      stack.simulator.events.on("scaling", ({ description }) => activities.push(description));
      await withRequests(site, async () => {
        await until("a scale-out", () => desired(stack, group.id) === 4);
        await until("four healthy instances", () => healthy(stack, site) === 4);
      });
      await until("a scale-in", () => desired(stack, group.id) === 2, 40_000);
      assert.match(activities.join("\n"), /Changing the desired capacity from 2 to \d by the policy web/);
    }, OPTIONS);
  });

  it("scaling policy: CPU utilization above the target adds instances, until the policy is deleted", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      const { group } = await createFleet(stack, site, { version: "1.0.0", defaultInstanceWarmup: 30 });
      const policy = await track(stack, group.id, {
        predefinedMetricSpecification: { predefinedMetricType: "ASGAverageCPUUtilization" },
        targetValue: 1,
      });
      await withRequests(site, () => until("a scale-out", () => desired(stack, group.id) > 2));
      await stack.delete(policy);
      const before = desired(stack, group.id);
      await sleep(4_000);
      assert.equal(desired(stack, group.id), before);
    }, OPTIONS);
  });

  it("scaling policy: rejects metrics that the simulator does not have", async () => {
    await withSimulator(async (stack) => {
      const failures = await stack.checkFailures(POLICY, {
        policyType: "TargetTrackingScaling",
        targetTrackingConfiguration: {
          predefinedMetricSpecification: { predefinedMetricType: "ASGAverageNetworkIn" },
          targetValue: 1,
        },
      });
      assert.match(
        failures.map(({ reason }) => reason).join(),
        /predefinedMetricType must be one of ASGAverageCPU/,
      );
    });
  });
});

function track(stack: TestSimulator, autoscalingGroupName: string, targetTrackingConfiguration: object) {
  return stack.create(POLICY, "web", {
    ...{ autoscalingGroupName, policyType: "TargetTrackingScaling", targetTrackingConfiguration },
  });
}

function desired(stack: TestSimulator, group: string): number {
  return stack.simulator.scalingGroup(group).desired;
}

function healthy(stack: TestSimulator, { targetGroup }: Site): number {
  return stack.simulator.targetHealth(targetGroup.id).filter(({ state }) => state === "healthy").length;
}

/** Sends about 50 requests a second while `work` runs. */
async function withRequests(site: Site, work: () => Promise<void>): Promise<void> {
  const ended = new AbortController();
  const send = async () => {
    while (!ended.signal.aborted) {
      await (await fetch(site.url)).text();
      await sleep(20);
    }
  };
  const sent = send();
  try {
    await work();
  } finally {
    ended.abort();
    await sent;
  }
}
