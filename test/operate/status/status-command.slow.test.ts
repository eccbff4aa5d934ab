import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { withSimulator } from "../../simulator/stack";
import { createSimulatedStack } from "../simulated-stack";

describe("status: command against the API of the simulator", function () {
  this.timeout(120_000);

  it("shows the traffic, the instances and the alarms as AWS has them", async () => {
    await withSimulator(async (stack) => {
      const simulated = await createSimulatedStack(stack);
      await simulated.shift({ blue: 90, green: 10 }, 4);
      stack.simulator.setAlarmState("blue-errors", "ALARM");
      const args = ["status", "--outputs", simulated.outputsFile()];
      const { status, stdout, stderr } = await simulated.run([...args, "--json"]);
      assert.deepEqual([status, stderr], [3, ""]);
      const report = JSON.parse(stdout);
      assert.deepEqual(report.traffic.rule, { blue: 90, green: 10 });
      assert.equal(report.traffic.relation, "interrupted");
      assert.deepEqual(report.colors.blue.tiers.web, {
        healthy: 2,
        registered: 2,
        desired: 2,
        min: 2,
        max: 4,
      });
      assert.deepEqual(report.colors.blue.alarms, ["blue-errors"]);
      assert.equal(report.colors.green.tiers.web.registered, 0);

      stack.simulator.denyAction("cloudwatch:DescribeAlarms");
      const partly = await simulated.run(args);
      assert.equal(partly.status, 3);
      assert.match(partly.stdout, /Problem {5}The alarms cannot be read/);
      assert.match(partly.stdout, /web {9}2\/2 healthy \(2-4\)/);
    });
  });
});
