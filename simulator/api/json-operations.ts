import { z } from "zod";
import { AwsError } from "../errors";
import type { AlarmReport } from "../monitoring/alarms";
import type { World } from "../world";
import { type ApiOperations, operation } from "./operation";

const DEFAULT_BUS = "default";

function describeAlarm({ name, state, reason, since }: AlarmReport, { account }: World) {
  return {
    AlarmName: name,
    AlarmArn: account.arn("cloudwatch", `alarm:${name}`),
    ActionsEnabled: true,
    StateValue: state,
    StateReason: reason,
    StateUpdatedTimestamp: since / 1000,
    StateTransitionedTimestamp: since / 1000,
  };
}

const busEvent = z.strictObject({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  Time: z.number().optional(),
  Resources: z.array(z.string()).default([]),
  EventBusName: z.string().default(DEFAULT_BUS),
});

function putEvent(entry: z.infer<typeof busEvent>, { messages }: World) {
  const { Source, DetailType, Detail, Resources, EventBusName } = entry;
  const rejected = (code: string, message: string) => ({ ErrorCode: code, ErrorMessage: message });
  if (EventBusName !== DEFAULT_BUS) {
    return rejected("ResourceNotFoundException", `Event bus ${EventBusName} does not exist.`);
  }
  if (!Source || !DetailType || Detail === undefined) {
    return rejected("InvalidArgument", "Parameter Source, DetailType and Detail are required.");
  }
  try {
    const detail: unknown = JSON.parse(Detail);
    return {
      EventId: messages.putEvent({ source: Source, detailType: DetailType, detail, resources: Resources }),
    };
  } catch {
    return rejected("MalformedDetail", "Detail is malformed.");
  }
}

/** Operations of the JSON protocol by service and name, as IAM names them. */
export const jsonOperations: ApiOperations = {
  /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
  "secretsmanager:GetSecretValue": operation(
    { SecretId: z.string(), VersionId: z.string().optional(), VersionStage: z.string().optional() },
    ({ SecretId }, { secrets }) => {
      const { arn, name, value, versionId } = secrets.get(SecretId);
      return {
        ARN: arn,
        Name: name,
        SecretString: value,
        VersionId: versionId,
        VersionStages: ["AWSCURRENT"],
      };
    },
    ({ SecretId }, { secrets }) => [{ resource: secrets.get(SecretId).arn, conditionKeys: {} }],
  ),
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
  "cloudwatch:DescribeAlarms": operation(
    {
      AlarmNames: z.array(z.string()).max(100).optional(),
      AlarmNamePrefix: z.string().optional(),
      AlarmTypes: z.array(z.enum(["MetricAlarm", "CompositeAlarm"])).default(["MetricAlarm"]),
      StateValue: z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]).optional(),
      MaxRecords: z.number().optional(),
      NextToken: z.string().optional(),
    },
    ({ AlarmNames, AlarmNamePrefix = "", AlarmTypes, StateValue }, world) => {
      const wanted = world.alarms
        .report()
        .filter(({ name }) => name.startsWith(AlarmNamePrefix) && (AlarmNames?.includes(name) ?? true))
        .filter(({ state }) => StateValue === undefined || state === StateValue);
      const described = (kind: AlarmReport["kind"]) =>
        wanted.filter((alarm) => alarm.kind === kind).map((alarm) => describeAlarm(alarm, world));
      return {
        MetricAlarms: AlarmTypes.includes("MetricAlarm") ? described("metric") : [],
        CompositeAlarms: AlarmTypes.includes("CompositeAlarm") ? described("composite") : [],
      };
    },
  ),
  /** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
  "events:PutEvents": operation(
    { Entries: z.array(busEvent).min(1).max(10) },
    ({ Entries }, world) => {
      const results = Entries.map((entry) => putEvent(entry, world));
      return { Entries: results, FailedEntryCount: results.filter((result) => "ErrorCode" in result).length };
    },
    ({ Entries }, { account }) =>
      Entries.map(({ EventBusName, Source = "", DetailType = "" }) => ({
        resource: account.arn("events", `event-bus/${EventBusName}`),
        conditionKeys: { "events:source": Source, "events:detail-type": DetailType },
      })),
  ),
};

const SERVICES: Readonly<Record<string, string>> = {
  secretsmanager: "secretsmanager",
  GraniteServiceVersion20100801: "cloudwatch",
  AWSEvents: "events",
};

/** The action of a target header such as `secretsmanager.GetSecretValue`, as IAM names it. */
export function actionOfTarget(target: string): string {
  const [prefix = "", name = ""] = target.split(".");
  const service = SERVICES[prefix];
  if (service === undefined) throw new AwsError("UnknownOperationException", `${target} is not known`);
  return `${service}:${name}`;
}
