import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as pulumi from "@pulumi/pulumi";
import { defaultMaxConnections } from "../database/max-connections";
import { withTags } from "../tags/resource-tags";
import { validateArgs } from "../validation/validate-args";
import { type DatabaseAlarmsArgs, databaseAlarmsSpec } from "./database-alarms-args";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/**
 * Alarms for an RDS for PostgreSQL instance: CPU, connections, free storage, replication.
 *
 * ```ts
 * new DatabaseAlarms("prod", { identifier: database.identifier, instanceClass: "db.r8g.large" });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args.
 */
export class DatabaseAlarms extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = databaseAlarmsSpec;

  /** The names of the alarms. */
  public readonly databaseAlarmNames: pulumi.Output<string[]>;

  constructor(name: string, args: DatabaseAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    const settings = validateArgs(DatabaseAlarms, name, args, opts);
    super("changeover:index:DatabaseAlarms", name, args, opts);
    const { cpuPercent, freeStorageGib, replicationLagMib, instanceClass = "" } = settings;
    const connections = settings.connections ?? Math.floor(0.8 * defaultMaxConnections(instanceClass));
    const alarm = (suffix: string, metric: Partial<cloudwatch.MetricAlarmArgs>) =>
      new cloudwatch.MetricAlarm(
        `${name}-database-${suffix}`,
        {
          namespace: "AWS/RDS",
          dimensions: { DBInstanceIdentifier: args.identifier },
          comparisonOperator: "GreaterThanThreshold",
          period: 60,
          evaluationPeriods: 5,
          statistic: "Maximum",
          alarmActions: settings.topicArns,
          okActions: settings.topicArns,
          tags: withTags(args.tags, { name }),
          ...metric,
        },
        { parent: this },
      );
    const alarms = [
      alarm("cpu", {
        metricName: "CPUUtilization",
        statistic: "Average",
        period: 300,
        evaluationPeriods: 3,
        threshold: cpuPercent,
      }),
      alarm("connections", { metricName: "DatabaseConnections", threshold: connections }),
      alarm("storage", {
        metricName: "FreeStorageSpace",
        statistic: "Minimum",
        comparisonOperator: "LessThanThreshold",
        threshold: freeStorageGib * GIB,
      }),
      alarm("replication", {
        metricName: "OldestReplicationSlotLag",
        threshold: replicationLagMib * MIB,
        // Without a replication slot, the metric has no data, or the value -1.
        treatMissingData: "notBreaching",
      }),
    ];
    this.databaseAlarmNames = pulumi.all(alarms.map((each) => each.name));
    this.registerOutputs({ databaseAlarmNames: this.databaseAlarmNames });
  }
}
