import type * as pulumi from "@pulumi/pulumi";
import { type TaggedArgs, tagsSpec } from "../tags/tagged-args";
import type { ComponentSpec, Format } from "../validation/args-spec";
import { INSTANCE_CLASS } from "../validation/instance-types";
import { alarmName } from "../validation/names";
import { alarmTopicsSpec } from "./alarm-topics";

export interface DatabaseAlarmsArgs extends TaggedArgs {
  /** The identifier of the RDS instance: the output `identifier` of `Database`. */
  identifier: pulumi.Input<string>;
  /**
   * The maximum average CPU in percent, 1-100. The alarm goes off when 15 minutes exceed it.
   *
   * @default 90
   */
  cpuPercent?: number;
  /**
   * The maximum number of connections, 1-262143. The alarm goes off when five minutes exceed it.
   *
   * @default 80 % of the connections that RDS allows by default for `instanceClass`
   */
  connections?: number;
  /**
   * The class of the RDS instance, from which the default of `connections` follows.
   *
   * @default none, `connections` is required
   */
  instanceClass?: string;
  /**
   * The free storage in GiB below which the alarm goes off, 1-65536.
   *
   * Storage autoscaling starts at 10 % of free storage, so a lower value shows that it cannot keep up.
   *
   * @default 1
   */
  freeStorageGib?: number;
  /**
   * The maximum lag of the slowest replication slot in MiB of write-ahead log, 1-1000000. A slot that is not read
   * fills the disk.
   *
   * A database without read replicas and logical replication has no data for it. CloudWatch has no metric for the
   * standby of a Multi-AZ database.
   *
   * @default 1024
   */
  replicationLagMib?: number;
  /**
   * The SNS topics that each alarm notifies, at most 5.
   *
   * @default none
   */
  topicArns?: pulumi.Input<pulumi.Input<string>[]>;
}

/** The value of CloudWatch's dimension `DBInstanceIdentifier`. With any other value an alarm has no data. */
const IDENTIFIER: Format = {
  pattern: /^[a-z][a-z0-9-]{0,62}$/i,
  allowed: "the identifier of an RDS instance, such as shop-1a2b, and not its ARN",
};

export const databaseAlarmsSpec = {
  name: alarmName("-database-replication"),
  args: {
    identifier: { kind: "string", complete: true, format: IDENTIFIER, required: true, input: true },
    cpuPercent: { kind: "integer", min: 1, max: 100, default: 90 },
    connections: {
      kind: "integer",
      min: 1,
      max: 262_143,
      whenOmitted: "80 % of the connections that RDS allows by default for `instanceClass`",
    },
    instanceClass: {
      kind: "string",
      format: INSTANCE_CLASS,
      whenOmitted: "none, `connections` is required",
    },
    freeStorageGib: { kind: "integer", min: 1, max: 65_536, default: 1 },
    replicationLagMib: { kind: "integer", min: 1, max: 1_000_000, default: 1024 },
    topicArns: alarmTopicsSpec,
    tags: tagsSpec(),
  },
  checks: [
    {
      reads: ["connections", "instanceClass"],
      check: ({ connections, instanceClass }) => [
        connections === undefined && instanceClass === undefined
          ? {
              key: "connections",
              allowed: "given if instanceClass is omitted",
              got: undefined,
              remedy: "Give one of the two.",
            }
          : undefined,
      ],
    },
  ],
} as const satisfies ComponentSpec<DatabaseAlarmsArgs>;
