import type { EventEmitter } from "node:events";
import type { Account } from "./account";
import type { Databases } from "./database/databases";
import type { Functions } from "./functions/functions";
import type { InstanceHost } from "./instances/instance";
import type { ScalingActivity, ScalingGroup } from "./instances/scaling-group";
import type { LoadBalancing } from "./load-balancer/control-plane";
import type { AlarmReport, Alarms } from "./monitoring/alarms";
import type { ObjectStore } from "./object-store";
import type { ResourceStore } from "./resource-store";
import type { Secrets } from "./secrets";

/** Events that the simulator emits. */
export interface SimulatorEvents {
  scaling: [ScalingActivity & { readonly group: string }];
  alarm: [AlarmReport];
}

/** The state that all services share. */
export interface World {
  readonly account: Account;
  readonly resources: ResourceStore;
  readonly loadBalancing: LoadBalancing;
  /** User data of each version of a launch template, by launch template id. */
  readonly launchTemplates: Map<string, string[]>;
  readonly scalingGroups: Map<string, ScalingGroup>;
  readonly instanceHost: InstanceHost;
  readonly databases: Databases;
  readonly functions: Functions;
  readonly objects: ObjectStore;
  readonly secrets: Secrets;
  readonly alarms: Alarms;
  readonly events: EventEmitter<SimulatorEvents>;
  /**
   * Converts AWS's own times (intervals, grace periods, limits of waits) to milliseconds, divided by the time scale.
   */
  scaledMs(seconds: number): number;
}
