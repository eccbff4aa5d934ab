import type { EventEmitter } from "node:events";
import type { Account } from "./account";
import type { CertificateAuthority } from "./certificate";
import type { Databases } from "./database/databases";
import type { FunctionInvocation, Functions } from "./functions/functions";
import type { Images } from "./images";
import type { InstanceHost } from "./instances/instance";
import type { ScalingActivity, ScalingGroup } from "./instances/scaling-group";
import type { LoadBalancing } from "./load-balancer/control-plane";
import type { Messages } from "./messages";
import type { AlarmReport, Alarms } from "./monitoring/alarms";
import type { ScalingPolicies } from "./monitoring/scaling-policies";
import type { ObjectStore } from "./object-store";
import type { ResourceStore } from "./resource-store";
import type { Secrets } from "./secrets";

/** Events that the simulator emits. */
export interface SimulatorEvents {
  scaling: [ScalingActivity & { readonly group: string }];
  alarm: [AlarmReport];
  /** A function has ended. */
  invocation: [FunctionInvocation];
}

export interface TemplateVersion {
  readonly userData: string;
  /** Undefined if the launch template names no image. */
  readonly imageId: string | undefined;
  /** Tags of the instances. */
  readonly tags: Readonly<Record<string, string>>;
}

/** The state that all services share. */
export interface World {
  readonly account: Account;
  /** Issues the certificates of ACM. */
  readonly authority: CertificateAuthority;
  readonly resources: ResourceStore;
  readonly loadBalancing: LoadBalancing;
  readonly launchTemplates: Map<string, TemplateVersion[]>;
  readonly images: Images;
  readonly scalingGroups: Map<string, ScalingGroup>;
  readonly instanceHost: InstanceHost;
  readonly databases: Databases;
  readonly functions: Functions;
  readonly objects: ObjectStore;
  readonly secrets: Secrets;
  readonly alarms: Alarms;
  readonly scalingPolicies: ScalingPolicies;
  readonly messages: Messages;
  readonly deniedActions: Set<string>;
  readonly events: EventEmitter<SimulatorEvents>;
  /**
   * Converts AWS's own times (intervals, grace periods, limits of waits) to milliseconds, divided by the time scale.
   */
  scaledMs(seconds: number): number;
  /** Converts the period of an alarm to milliseconds, divided by the time scale of alarms. */
  alarmMs(seconds: number): number;
}
