import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import type { CheckFailure } from "../../engine/deploy/provider";
import { AwsError, between, failure, invalidInput, oneOf } from "../errors";
import { comparisons, MATH_FUNCTIONS, type MetricAlarmSettings } from "../monitoring/alarms";
import { type Expression, parseExpression } from "../monitoring/expression";
import { type MetricQuery, metricNames } from "../monitoring/metrics";
import { type Known, type Plain, resourceType, type Service, type StepContext } from "../resource-type";
import { knownItems } from "../values";
import type { World } from "../world";
import { rejectDuplicate } from "./lookups";
import { recorded } from "./recorded";

type MetricAlarmArgs = Plain<cloudwatch.MetricAlarmArgs>;

const LOG_GROUP_TYPE = "aws:cloudwatch/logGroup:LogGroup";
const TARGET_GROUP_TYPE = "aws:lb/targetGroup:TargetGroup";
const LOAD_BALANCER_TYPE = "aws:lb/loadBalancer:LoadBalancer";
const RETENTIONS = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

function callsIn(expression: Expression): string[] {
  if (expression.kind === "call") return [expression.name, ...expression.args.flatMap(callsIn)];
  return expression.kind === "operator" ? expression.operands.flatMap(callsIn) : [];
}

function* checkExpression(property: string, text: string | undefined, functions: readonly string[]) {
  if (text === undefined) return;
  try {
    const unsupported = callsIn(parseExpression(text)).filter((name) => !functions.includes(name));
    if (unsupported.length === 0) return;
    const remedy = `Use ${functions.join(", ")}.`;
    yield failure(
      property,
      `${property}: ${unsupported.join(", ")} is not supported by the simulator. ${remedy}`,
    );
  } catch (error) {
    yield failure(property, `${property}: ${(error as Error).message}`);
  }
}

function* checkMetric(
  property: string,
  named: { metricName?: string; namespace?: string },
): Iterable<CheckFailure> {
  const { namespace } = named;
  const supported = namespace === undefined ? Object.values(metricNames).flat() : metricNames[namespace];
  if (supported === undefined) {
    const allowed = `${Object.keys(metricNames).join(" or ")} in the simulator`;
    yield invalidInput(`${property}namespace`, allowed, String(namespace));
  } else {
    yield* oneOf(`${property}metricName`, named.metricName, supported);
  }
}

function* checkMetricAlarm(inputs: Known<MetricAlarmArgs>): Iterable<CheckFailure> {
  yield* oneOf("comparisonOperator", inputs.comparisonOperator, Object.keys(comparisons));
  yield* oneOf("treatMissingData", inputs.treatMissingData, [
    "missing",
    "ignore",
    "breaching",
    "notBreaching",
  ]);
  yield* between("evaluationPeriods", inputs.evaluationPeriods, 1, 1440);
  yield* between("datapointsToAlarm", inputs.datapointsToAlarm, 1, inputs.evaluationPeriods ?? 1440);
  yield* checkMetric("", inputs);
  for (const [index, query] of knownItems(inputs.metricQueries)) {
    const path = `metricQueries[${index}].`;
    yield* checkExpression(`${path}expression`, query.expression, MATH_FUNCTIONS);
    if (query.metric) yield* checkMetric(`${path}metric.`, query.metric);
  }
}

/** Finds the target group or the load balancer by the value of its dimension, which is the suffix of the ARN. */
function resourceArn(world: World, dimensions: Readonly<Record<string, string>> | undefined): string {
  if (dimensions?.DBInstanceIdentifier !== undefined) return dimensions.DBInstanceIdentifier;
  const [type, suffix] =
    dimensions?.TargetGroup === undefined
      ? [LOAD_BALANCER_TYPE, dimensions?.LoadBalancer]
      : [TARGET_GROUP_TYPE, dimensions.TargetGroup];
  const found = world.resources
    .of(type)
    .find(({ outs }) => suffix !== undefined && outs.arnSuffix === suffix);
  // CloudWatch also accepts a dimension that matches no resource. The metric then has no data.
  return found?.id ?? "";
}

function settingsOf(inputs: MetricAlarmArgs, world: World): MetricAlarmSettings {
  const queries = inputs.metricQueries ?? [];
  const metrics: Record<string, MetricQuery> = {};
  for (const { id, metric } of queries) {
    if (!metric) continue;
    const { metricName, stat, dimensions } = metric;
    metrics[id] = { metricName, stat, resourceArn: resourceArn(world, dimensions) };
  }
  if (inputs.metricName !== undefined) {
    const stat = inputs.extendedStatistic ?? inputs.statistic ?? "Average";
    metrics.only = {
      metricName: inputs.metricName,
      stat,
      resourceArn: resourceArn(world, inputs.dimensions),
      ignoreFewSamples: inputs.evaluateLowSampleCountPercentiles === "ignore",
    };
  }
  const returned = queries.find(({ returnData }) => returnData);
  const periods = inputs.evaluationPeriods ?? 1;
  const seconds = inputs.period ?? queries.find(({ metric }) => metric)?.metric?.period ?? 60;
  return {
    kind: "metric",
    metrics,
    expression: parseExpression(returned?.expression ?? returned?.id ?? "only"),
    periodMs: world.alarmMs(seconds),
    periods,
    breachingPeriods: inputs.datapointsToAlarm ?? periods,
    threshold: inputs.threshold ?? 0,
    comparison: inputs.comparisonOperator ?? "",
    missingData: (inputs.treatMissingData ?? "missing") as MetricAlarmSettings["missingData"],
  };
}

function alarmArn(name: string, { world }: StepContext) {
  return { arn: world.account.arn("cloudwatch", `alarm:${name}`) };
}

const metricAlarm = resourceType<MetricAlarmArgs>({
  autoName: { property: "name", maxLength: 255 },
  check: checkMetricAlarm,
  create(inputs, call) {
    const name = inputs.name ?? "";
    call.world.alarms.put(name, settingsOf(inputs, call.world));
    return { id: name, outs: alarmArn(name, call) };
  },
  update(name, inputs, { world }) {
    world.alarms.put(name, settingsOf(inputs, world));
    return {};
  },
  delete: (name, _outs, { world }) => world.alarms.delete(name),
});

const compositeAlarm = resourceType<Plain<cloudwatch.CompositeAlarmArgs>>({
  check: (inputs) => checkExpression("alarmRule", inputs.alarmRule, ["ALARM", "OK", "INSUFFICIENT_DATA"]),
  create(inputs, call) {
    const { alarmName, alarmRule } = inputs;
    call.world.alarms.put(alarmName, { kind: "composite", rule: parseExpression(alarmRule) });
    return { id: alarmName, outs: alarmArn(alarmName, call) };
  },
  update(name, { alarmRule }, { world }) {
    world.alarms.put(name, { kind: "composite", rule: parseExpression(alarmRule) });
    return {};
  },
  delete: (name, _outs, { world }) => world.alarms.delete(name),
});

export const cloudwatchService: Service = {
  resources: {
    "aws:cloudwatch/metricAlarm:MetricAlarm": metricAlarm,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": compositeAlarm,
    "aws:cloudwatch/dashboard:Dashboard": recorded<Plain<cloudwatch.DashboardArgs>>({
      id: ({ dashboardName }) => dashboardName,
      reject({ dashboardBody }) {
        try {
          JSON.parse(dashboardBody);
        } catch (error) {
          throw new AwsError(
            "InvalidParameterInput",
            `The dashboard body is not JSON: ${(error as Error).message}`,
          );
        }
      },
      outs: (id, _inputs, { world }) => ({
        dashboardArn: world.account.globalArn("cloudwatch", `dashboard/${id}`),
      }),
    }),
    [LOG_GROUP_TYPE]: recorded<Plain<cloudwatch.LogGroupArgs>>({
      id: ({ name }) => name ?? "",
      autoName: { property: "name", maxLength: 512, prefixProperty: "namePrefix" },
      *check({ retentionInDays: days }) {
        if (days === undefined || RETENTIONS.includes(days)) return;
        yield invalidInput("retentionInDays", `one of ${RETENTIONS.join(", ")}`, days);
      },
      reject(inputs, { world }, id) {
        if (id !== undefined) return;
        rejectDuplicate(
          world,
          LOG_GROUP_TYPE,
          "name",
          inputs.name,
          "ResourceAlreadyExistsException",
          "log group",
        );
      },
      outs: (id, _inputs, { world }) => ({ arn: world.account.arn("logs", `log-group:${id}`) }),
    }),
  },
};
