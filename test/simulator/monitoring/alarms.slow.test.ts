import assert from "node:assert/strict";
import fc from "fast-check";
import { stateOf } from "../../../simulator/monitoring/alarms";
import { evaluate, parseExpression, type Scope } from "../../../simulator/monitoring/expression";
import { createFleet, createSite } from "../site";
import { until, withSimulator } from "../stack";

const scope = (names: Record<string, number | undefined>): Scope => ({
  name: (name) => names[name],
  call: (name, args, value) =>
    name === "FILL" && args[0] && args[1] ? (value(args[0]) ?? value(args[1])) : undefined,
});

describe("simulator: metric math", () => {
  it("metric math: evaluates arithmetic and comparisons", () => {
    fc.assert(
      fc.property(fc.nat(99), fc.nat(99), fc.integer({ min: 1, max: 99 }), (a, b, c) => {
        const value = (text: string) => evaluate(parseExpression(text), scope({ a, b, c }));
        assert.equal(value("a + b * c"), a + b * c);
        assert.equal(value("(a + b) / c - -a"), (a + b) / c + a);
        assert.equal(value("a - b - c"), a - b - c);
        assert.equal(value("a > b && b <= c"), Number(a > b && b <= c));
        assert.equal(value("NOT (a > b) OR FALSE == TRUE"), undefined);
      }),
    );
  });

  it("metric math: a missing data point gives no value unless it is filled", () => {
    const none = { errors: undefined, requests: 10 };
    assert.equal(evaluate(parseExpression("100 * errors / requests"), scope(none)), undefined);
    assert.equal(evaluate(parseExpression("100 * FILL(errors, 0) / requests"), scope(none)), 0);
    assert.equal(evaluate(parseExpression("requests / 0"), scope(none)), undefined);
  });

  it("metric math: a syntax error names its place", () => {
    assert.throws(() => parseExpression("1 +"), /"1 \+" has a syntax error at its end/);
    assert.throws(() => parseExpression("(a"), /at its end/);
    assert.throws(() => parseExpression("a b"), /at "b"/);
  });
});

describe("simulator: alarm state", () => {
  const settings = {
    kind: "metric",
    metrics: {},
    expression: parseExpression("only"),
    periodMs: 1000,
    periods: 3,
    breachingPeriods: 2,
    threshold: 5,
    comparison: "GreaterThanThreshold",
    missingData: "missing",
  } as const;

  it("alarm state: follows the breaching points and the treatment of missing data", () => {
    assert.equal(stateOf(settings, [6, 1, 7]), "ALARM");
    assert.equal(stateOf(settings, [6, 5, 5]), "OK");
    assert.equal(stateOf(settings, [6, undefined, 7]), "ALARM");
    const nothing = [undefined, undefined, undefined];
    assert.equal(stateOf(settings, nothing), "INSUFFICIENT_DATA");
    assert.equal(stateOf({ ...settings, missingData: "notBreaching" }, nothing), "OK");
    assert.equal(stateOf({ ...settings, missingData: "breaching" }, nothing), "ALARM");
    assert.equal(stateOf({ ...settings, missingData: "ignore" }, nothing), undefined);
  });
});

describe("simulator: alarms", () => {
  it("alarms: follow the load balancer's counters, and the composite alarm follows them", async () => {
    await withSimulator(
      async (stack) => {
        const site = await createSite(stack);
        await createFleet(stack, site, { version: "1.0.0" });
        const dimensions = {
          LoadBalancer: site.loadBalancer.outs.arnSuffix,
          TargetGroup: site.targetGroup.outs.arnSuffix,
        };
        const counted = (id: string, metricName: string) => ({
          id,
          metric: { namespace: "AWS/ApplicationELB", metricName, dimensions, period: 60, stat: "Sum" },
        });
        const type = "aws:cloudwatch/metricAlarm:MetricAlarm";
        const errors = await stack.create(type, "errors", {
          comparisonOperator: "GreaterThanThreshold",
          evaluationPeriods: 1,
          threshold: 1,
          treatMissingData: "notBreaching",
          metricQueries: [
            { id: "share", expression: "100 * FILL(errors, 0) / requests", returnData: true },
            counted("errors", "HTTPCode_ELB_5XX_Count"),
            counted("requests", "RequestCount"),
          ],
        });
        const slow = await stack.create(type, "slow", {
          comparisonOperator: "GreaterThanThreshold",
          evaluationPeriods: 1,
          threshold: 5,
          namespace: "AWS/ApplicationELB",
          metricName: "TargetResponseTime",
          dimensions,
          period: 60,
          extendedStatistic: "p99",
          treatMissingData: "notBreaching",
        });
        const name = (alarm: { outs: Record<string, unknown> }) => String(alarm.outs.name);
        await stack.create("aws:cloudwatch/compositeAlarm:CompositeAlarm", "bad", {
          alarmName: "release-bad",
          alarmRule: `ALARM("${name(errors)}") OR ALARM("${name(slow)}")`,
        });
        const changes: string[] = [];
        stack.simulator.events.on("alarm", (alarm) => changes.push(`${alarm.name} ${alarm.state}`));
        const stateIs = (alarm: string, state: string) => () =>
          stack.simulator.alarms().some((each) => each.name === alarm && each.state === state);
        for (const alarm of [name(errors), name(slow), "release-bad"])
          await until(alarm, stateIs(alarm, "OK"));
        // The process dies with the request: what AWS counts as a 502 of the load balancer.
        assert.equal((await fetch(`${site.url}/crash`)).status, 502);
        await until("the alarm", stateIs(name(errors), "ALARM"));
        await until("the composite alarm", stateIs("release-bad", "ALARM"));
        assert.ok(stateIs(name(slow), "OK")());
        await until("the all-clear", stateIs("release-bad", "OK"));
        assert.ok(changes.includes(`${name(errors)} ALARM`));
      },
      { timeScale: 40 },
    );
  });

  it("alarms: one for no requests goes off without requests to the load balancer, and ends with one", async () => {
    await withSimulator(
      async (stack) => {
        const site = await createSite(stack);
        await createFleet(stack, site, { version: "1.0.0" });
        const { outs } = await stack.create("aws:cloudwatch/metricAlarm:MetricAlarm", "silent", {
          comparisonOperator: "LessThanThreshold",
          evaluationPeriods: 1,
          threshold: 1,
          namespace: "AWS/ApplicationELB",
          metricName: "RequestCount",
          dimensions: { LoadBalancer: site.loadBalancer.outs.arnSuffix },
          period: 60,
          statistic: "Sum",
          treatMissingData: "breaching",
        });
        const stateIs = (state: string) => () =>
          stack.simulator.alarms().some((each) => each.name === outs.name && each.state === state);
        await until("the alarm", stateIs("ALARM"));
        assert.equal((await fetch(site.url)).status, 200);
        await until("the all-clear", stateIs("OK"));
        await until("the alarm again", stateIs("ALARM"));
      },
      { timeScale: 40 },
    );
  });

  it("alarms: a percentile of too few samples has no data point", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      await createFleet(stack, site, { version: "1.0.0" });
      const slow = (name: string, more: Record<string, unknown>) =>
        stack.create("aws:cloudwatch/metricAlarm:MetricAlarm", name, {
          comparisonOperator: "GreaterThanThreshold",
          evaluationPeriods: 1,
          threshold: 0,
          namespace: "AWS/ApplicationELB",
          metricName: "TargetResponseTime",
          dimensions: { TargetGroup: site.targetGroup.outs.arnSuffix },
          period: 60,
          extendedStatistic: "p95",
          treatMissingData: "notBreaching",
          ...more,
        });
      const evaluated = String((await slow("evaluated", {})).outs.name);
      const ignored = String(
        (await slow("ignored", { evaluateLowSampleCountPercentiles: "ignore" })).outs.name,
      );
      const state = (name: string) => stack.simulator.alarms().find((each) => each.name === name)?.state;
      assert.equal((await fetch(site.url)).status, 200);
      await until("the alarm", () => state(evaluated) === "ALARM");
      assert.equal(state(ignored), "OK");
    });
  });
});
