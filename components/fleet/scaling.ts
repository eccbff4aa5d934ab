import * as autoscaling from "@pulumi/aws/autoscaling";
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as pulumi from "@pulumi/pulumi";
import { Scaling, type ScalingArgs, type ScalingStepArgs } from "./scaling-args";

interface ScalingSettings extends ScalingArgs {
  readonly scaling: Scaling;
  readonly targetCpuPercent: number;
  /** Seconds from the launch of an instance until its CPU counts. */
  readonly warmupSeconds: number;
}

/** Creates the policies and the schedules that change the number of a group's instances. */
export function createScaling(
  name: string,
  groupName: pulumi.Output<string>,
  settings: ScalingSettings,
  opts: pulumi.CustomResourceOptions,
): void {
  if (settings.scaling === Scaling.TargetCpu) {
    new autoscaling.Policy(name, targetPolicy(groupName, settings.targetCpuPercent), opts);
  }
  if (settings.scaling === Scaling.Steps) createSteps(name, groupName, settings, opts);
  for (const { name: schedule, recurrence, minInstances, maxInstances, timeZone } of settings.schedules ??
    []) {
    new autoscaling.Schedule(
      `${name}-${schedule}`,
      {
        scheduledActionName: schedule,
        autoscalingGroupName: groupName,
        recurrence: recurrence.replace(/ +/g, " "),
        timeZone,
        minSize: minInstances,
        // -1 leaves a size as it is; the provider would send 0 for one that is left out.
        maxSize: maxInstances ?? -1,
        desiredCapacity: -1,
      },
      opts,
    );
  }
}

function targetPolicy(
  autoscalingGroupName: pulumi.Output<string>,
  targetValue: number,
): autoscaling.PolicyArgs {
  return {
    autoscalingGroupName,
    policyType: "TargetTrackingScaling",
    targetTrackingConfiguration: {
      predefinedMetricSpecification: { predefinedMetricType: "ASGAverageCPUUtilization" },
      targetValue,
    },
  };
}

function createSteps(
  name: string,
  groupName: pulumi.Output<string>,
  { scalingSteps = [], warmupSeconds }: ScalingSettings,
  opts: pulumi.CustomResourceOptions,
): void {
  for (const { suffix, comparisonOperator, threshold, stepAdjustments } of stepPolicies(scalingSteps)) {
    const policy = new autoscaling.Policy(
      `${name}-${suffix}`,
      {
        autoscalingGroupName: groupName,
        policyType: "StepScaling",
        adjustmentType: "ChangeInCapacity",
        metricAggregationType: "Average",
        estimatedInstanceWarmup: warmupSeconds,
        stepAdjustments,
      },
      opts,
    );
    new cloudwatch.MetricAlarm(
      `${name}-${suffix}`,
      {
        namespace: "AWS/EC2",
        metricName: "CPUUtilization",
        dimensions: { AutoScalingGroupName: groupName },
        statistic: "Average",
        period: 60,
        evaluationPeriods: 3,
        comparisonOperator,
        threshold,
        treatMissingData: "notBreaching",
        alarmActions: [policy.arn],
      },
      opts,
    );
  }
}

interface StepPolicy {
  readonly suffix: "add" | "remove";
  readonly comparisonOperator: string;
  readonly threshold: number;
  readonly stepAdjustments: autoscaling.PolicyArgs["stepAdjustments"] & object;
}

/**
 * A policy that adds and one that removes instances. The bounds of a step are relative to the threshold of the alarm.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html
 */
export function stepPolicies(steps: readonly ScalingStepArgs[]): StepPolicy[] {
  const above = steps
    .flatMap(({ aboveCpuPercent: at, instances }) => (at === undefined ? [] : [{ at, instances }]))
    .sort((left, right) => left.at - right.at);
  const below = steps
    .flatMap(({ belowCpuPercent: at, instances }) => (at === undefined ? [] : [{ at, instances }]))
    .sort((left, right) => right.at - left.at);
  const bound = (at: number | undefined, threshold: number) =>
    at === undefined ? undefined : String(at - threshold);
  const policies: StepPolicy[] = [];
  const [lowest] = above;
  if (lowest !== undefined) {
    policies.push({
      suffix: "add",
      comparisonOperator: "GreaterThanThreshold",
      threshold: lowest.at,
      stepAdjustments: above.map(({ at, instances }, index) => ({
        scalingAdjustment: instances,
        metricIntervalLowerBound: bound(at, lowest.at),
        metricIntervalUpperBound: bound(above[index + 1]?.at, lowest.at),
      })),
    });
  }
  const [highest] = below;
  if (highest !== undefined) {
    policies.push({
      suffix: "remove",
      comparisonOperator: "LessThanThreshold",
      threshold: highest.at,
      stepAdjustments: below.map(({ at, instances }, index) => ({
        scalingAdjustment: -instances,
        metricIntervalUpperBound: bound(at, highest.at),
        metricIntervalLowerBound: bound(below[index + 1]?.at, highest.at),
      })),
    });
  }
  return policies;
}
