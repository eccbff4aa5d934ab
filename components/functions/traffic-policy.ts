import { getPartitionOutput } from "@pulumi/aws/getPartition";
import * as pulumi from "@pulumi/pulumi";
import { stackName, stackTag } from "../tags/resource-tags";
import type { NotifyingFunctionArgs } from "./notifying-function-args";

const STACK_TAG = "changeover:stack";

export function trafficEnvironment(
  topicArns: NotifyingFunctionArgs["topicArns"],
): Record<string, pulumi.Input<string>> {
  return {
    CHANGEOVER_STACK: stackName(),
    ...(topicArns === undefined ? {} : { TOPIC_ARNS: joined(topicArns) }),
  };
}

function joined(topicArns: NonNullable<NotifyingFunctionArgs["topicArns"]>): pulumi.Output<string> {
  return pulumi.output(topicArns).apply((arns) => (arns ?? []).join(","));
}

/** Reads of groups and alarms, and further actions that IAM cannot limit to single resources. */
export function readStatement(more: readonly string[]) {
  const Action = ["autoscaling:DescribeAutoScalingGroups", "cloudwatch:DescribeAlarms", ...more];
  return { Effect: "Allow", Action, Resource: "*" };
}

/** Actions on the Auto Scaling groups of this stack only. */
export function groupStatement(Action: string | readonly string[]) {
  const Condition = { StringEquals: { [`aws:ResourceTag/${STACK_TAG}`]: stackTag()[STACK_TAG] } };
  return { Effect: "Allow", Action, Resource: "*", Condition };
}

/** Events with the source `changeover`, and messages to the topics. */
export function notifyStatements(topicArns: NotifyingFunctionArgs["topicArns"]): pulumi.Output<object[]> {
  const Condition = { StringEquals: { "events:source": "changeover" } };
  const events = { Effect: "Allow", Action: "events:PutEvents", Resource: "*", Condition };
  return pulumi
    .output(topicArns)
    .apply((Resource) => [
      events,
      ...(Resource?.length ? [{ Effect: "Allow", Action: "sns:Publish", Resource }] : []),
    ]);
}

/**
 * The invocation of the team's checks. Empty without checks, because IAM rejects a statement without resources.
 *
 * @param opts the parent, whose provider has the partition
 */
export function checkStatements(
  functionNames: readonly string[] = [],
  opts: pulumi.InvokeOptions,
): pulumi.Input<object[]> {
  if (functionNames.length === 0) return [];
  return getPartitionOutput({}, opts).apply(({ partition }) => [
    {
      Effect: "Allow",
      Action: "lambda:InvokeFunction",
      Resource: functionNames.map((name) => functionArn(name, partition)).flatMap((arn) => [arn, `${arn}:*`]),
    },
  ]);
}

/** A name may be an ARN, or begin with the account and `function:`. */
function functionArn(name: string, partition: string): string {
  if (name.startsWith("arn:")) return name;
  return `arn:${partition}:lambda:*:*:function:${name.replace(/^(\d{12}:)?function:/, "")}`;
}
