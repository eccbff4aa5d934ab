import assert from "node:assert/strict";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { type GateResult, handler as gate } from "../../lambda/gate/index";
import { handler as watch } from "../../lambda/watch/index";
import { readProductionRule, setWeights, writeRecord } from "../../traffic/production-rule";
import {
  createFleet,
  createSite,
  groupInputs,
  healthCheck,
  type Site,
  types,
  userData,
} from "../simulator/site";
import { clientSettings, type TestSimulator, until, withSimulator } from "../simulator/stack";
import { functionEnvironment } from "./support/fake-aws";

const TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call";

describe("gate and watch: on the simulator", function () {
  this.timeout(180_000);
  const originalLog = console.log;
  afterEach(() => {
    console.log = originalLog;
  });

  it("gate and watch: blue is raised to green's size, gets the traffic, and loses it on an alarm", async () => {
    await withSimulator(async (stack) => {
      const { simulator } = stack;
      const restore = functionEnvironment({ url: simulator.endpoint }, [TOPIC]);
      console.log = () => {};
      try {
        const { site, blueArn, greenArn, blue, green } = await twoColors(stack);
        const result = (await gate({
          color: "blue",
          version: "1.1.0",
          timeoutSeconds: 90,
          pollSeconds: 0.2,
          tiers: [gateTier(site, { blueArn, greenArn, group: blue.id })],
        })) as GateResult;
        assert.deepEqual(result.tiers[0]?.raised, { group: blue.id, from: 2, to: 4 });
        assert.equal(result.tiers[0]?.instances.length, 4);

        const client = new ElasticLoadBalancingV2Client(clientSettings(simulator));
        await setWeights(client, site.rule.id, { [blueArn]: 100 }, 300);
        await writeRecord(client, site.rule.id, { serial: 2, kind: "shift" });
        simulator.setAlarmState("release", "OK");
        const watching = watch({
          ...{ ruleArn: site.rule.id, serial: 2, color: "blue", version: "1.1.0", stickySeconds: 300 },
          weights: { blue: 100, green: 0 },
          weightsBefore: { blue: 0, green: 100 },
          targetGroupArns: { blue: blueArn, green: greenArn },
          ...{ bakeMinutes: 2, alarms: ["release"], hold: [green.id], step: 1, steps: 1, pollSeconds: 0.1 },
        });
        await until("green is held", () => simulator.scalingGroup(green.id).size.min === 4);
        simulator.setAlarmState("release", "ALARM");
        await assert.rejects(watching, { name: "ShiftRolledBack", message: /the alarm release is in ALARM/ });
        const { weights, record } = await readProductionRule(client, site.rule.id);
        assert.deepEqual(weights, { [greenArn]: 100 });
        assert.deepEqual([record?.serial, record?.kind], [3, "watch-rollback"]);
        assert.equal(simulator.scalingGroup(green.id).size.min, 2);
        const response = await fetch(site.url);
        assert.equal(((await response.json()) as { color: string }).color, "green");
        const sent = simulator.messages().events.map(({ detailType }) => detailType);
        assert.deepEqual(sent, ["Gate Passed", "Shift Rolled Back"]);
        client.destroy();
      } finally {
        restore();
      }
    });
  });

  it("gate and watch: autoscaling does not remove the raised instances before the shift has baked", async () => {
    await withSimulator(
      async (stack) => {
        const { simulator } = stack;
        const restore = functionEnvironment({ url: simulator.endpoint }, [TOPIC]);
        console.log = () => {};
        const client = new ElasticLoadBalancingV2Client(clientSettings(simulator));
        try {
          const { site, blueArn, greenArn, blue } = await twoColors(stack);
          await stack.create("aws:autoscaling/policy:Policy", "blue", {
            ...{ autoscalingGroupName: blue.id, policyType: "TargetTrackingScaling" },
            targetTrackingConfiguration: {
              predefinedMetricSpecification: { predefinedMetricType: "ASGAverageCPUUtilization" },
              targetValue: 90,
            },
          });
          await setWeights(client, site.rule.id, { [greenArn]: 100 }, 300);
          await writeRecord(client, site.rule.id, { serial: 1, kind: "first" });
          const targetGroupArns = { blue: blueArn, green: greenArn };
          const shift = {
            weightsBefore: { blue: 0, green: 100 },
            weights: { blue: 100, green: 0 },
            serial: 2,
          };
          const size = () => simulator.scalingGroup(blue.id).size;
          // The check waits for the alarm, until autoscaling has seen fifteen minutes without load.
          simulator.setAlarmState("release", "ALARM");
          setTimeout(() => simulator.setAlarmState("release", "OK"), 20_000);
          const gateResult = await gate({
            ...{ color: "blue", version: "1.1.0", timeoutSeconds: 90, pollSeconds: 0.2, watched: true },
            ...{ alarms: ["release"], alarmGraceSeconds: 60 },
            production: { ruleArn: site.rule.id, targetGroupArns, serialBefore: 1, ...shift },
            tiers: [gateTier(site, { blueArn, greenArn, group: blue.id })],
          });
          assert.deepEqual([size().min, size().desired], [4, 4]);
          await setWeights(client, site.rule.id, { [blueArn]: 100 }, 300);
          await writeRecord(client, site.rule.id, { serial: 2, kind: "shift" });
          await watch({
            ...{
              ruleArn: site.rule.id,
              color: "blue",
              version: "1.1.0",
              stickySeconds: 300,
              targetGroupArns,
            },
            ...{
              bakeMinutes: 0.05,
              step: 1,
              steps: 1,
              pollSeconds: 0.1,
              gateResult: JSON.stringify(gateResult),
            },
            ...shift,
          });
          assert.equal(size().min, 2);
          await until("a scale-in after the bake", () => size().desired === 2, 40_000);
        } finally {
          client.destroy();
          restore();
        }
      },
      { alarmTimeScale: 100 },
    );
  });
});

function gateTier(
  { url }: Site,
  {
    blueArn,
    greenArn,
    group,
  }: { readonly blueArn: string; readonly greenArn: string; readonly group: string },
) {
  return {
    tier: "web",
    targetGroupArn: blueArn,
    otherTargetGroupArn: greenArn,
    url,
    headers: { "x-changeover-color": "blue" },
    minHealthy: 2,
    maxInstances: 6,
    autoScalingGroupName: group,
  };
}

/** Blue with two instances of 1.1.0 and without traffic, and green with four of 1.0.0, which serves. */
async function twoColors(stack: TestSimulator) {
  const { simulator } = stack;
  const site = await createSite(stack);
  const blueArn = site.targetGroup.id;
  const target = {
    port: 8080,
    protocol: "HTTP",
    vpcId: site.vpcId,
    deregistrationDelay: 30,
    healthCheck,
  };
  const greenArn = (await stack.create(types.targetGroup, "green", target)).id;
  for (const [index, targetGroupArn] of [blueArn, greenArn].entries()) {
    const values = [index === 0 ? "blue" : "green"];
    await stack.create(types.rule, `test-${index}`, {
      listenerArn: site.listener.id,
      priority: index + 1,
      conditions: [{ httpHeader: { httpHeaderName: "x-changeover-color", values } }],
      actions: [{ type: "forward", targetGroupArn }],
    });
  }
  const { group: blue } = await createFleet(stack, site, {
    version: "1.1.0",
    environment: { COLOR: "blue" },
    maxSize: 6,
  });
  const template = await stack.create(types.template, "green", {
    userData: userData({ VERSION: "1.0.0", COLOR: "green" }),
    updateDefaultVersion: true,
  });
  const green = await stack.create(
    types.group,
    "green",
    groupInputs(site, template, { targetGroupArns: [greenArn], desiredCapacity: 4, maxSize: 6 }),
  );
  await until(
    "green has four instances",
    () => simulator.scalingGroup(green.id).healthy().inLoadBalancer === 4,
  );
  return { site, blueArn, greenArn, blue, green };
}
