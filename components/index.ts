export type { AlarmLimitArgs } from "./alarms/alarm-limit-args";
export { DatabaseAlarms } from "./alarms/database-alarms";
export type { DatabaseAlarmsArgs } from "./alarms/database-alarms-args";
export { ReleaseAlarms } from "./alarms/release-alarms";
export type { ReleaseAlarmsArgs, WatchedTierArgs } from "./alarms/release-alarms-args";
export { Database } from "./database/database";
export type { DatabaseArgs } from "./database/database-args";
export { DatabaseLogin } from "./database/database-login";
export type { DatabaseLoginArgs } from "./database/database-login-args";
export { ArtifactStore } from "./fleet/artifact-store";
export type { ArtifactArgs, ArtifactStoreArgs } from "./fleet/artifact-store-args";
export { BlueGreenFleet, type ColorHeaders, type ColorOutputs } from "./fleet/blue-green-fleet";
export { COLOR_HEADER, COLORS, Color, otherColor, SERVICE_HEADER, TOKEN_HEADER } from "./fleet/color";
export type { ColorWeights } from "./fleet/color-weights";
export type { BlueGreenFleetArgs } from "./fleet/fleet-args";
export { FleetColor } from "./fleet/fleet-color";
export type { ColorTargetGroupArns, FleetArgs, FleetColorArgs } from "./fleet/fleet-color-args";
export type { FleetConnectionArgs } from "./fleet/fleet-connection-args";
export type { InstanceAccessArgs } from "./fleet/instance-access-args";
export type { InstanceArgs } from "./fleet/instance-args";
export type { PurchaseArgs } from "./fleet/purchase-args";
export { Scaling, type ScalingArgs, type ScalingStepArgs, type ScheduleArgs } from "./fleet/scaling-args";
export { ProtocolVersion, type TargetGroupArgs } from "./fleet/target-group-args";
export { type ServiceUserData, serviceUserData } from "./fleet/user-data";
export type { CheckingFunctionArgs, NamedCheckArgs } from "./functions/named-check-args";
export type { NotifyingFunctionArgs } from "./functions/notifying-function-args";
export type { StepFunctionArgs, VpcFunctionArgs } from "./functions/step-function-args";
export { DrainCheck, type DrainCheckArgs, type DrainFunctionArgs } from "./gate/drain-check";
export { Gate } from "./gate/gate";
export type { GateArgs } from "./gate/gate-args";
export { GateCheck } from "./gate/gate-check";
export type {
  GateCheckArgs,
  GateFunctionArgs,
  GateProductionArgs,
  GateTierArgs,
} from "./gate/gate-check-args";
export { AccessLogBucket } from "./load-balancer/access-log-bucket";
export type { AccessLogBucketArgs } from "./load-balancer/access-log-bucket-args";
export { Certificate } from "./load-balancer/certificate";
export type { CertificateArgs } from "./load-balancer/certificate-args";
export { LoadBalancer } from "./load-balancer/load-balancer";
export { IpAddressType, type LoadBalancerArgs } from "./load-balancer/load-balancer-args";
export { ProductionRule } from "./load-balancer/production-rule";
export {
  type ProductionRuleArgs,
  ShiftKind,
  type ShiftRecordArgs,
} from "./load-balancer/production-rule-args";
export type { HeaderConditionArgs, RequestConditionArgs } from "./load-balancer/request-conditions";
export { Migration } from "./migration/migration";
export type { MigrationArgs, MigrationDatabaseArgs } from "./migration/migration-args";
export { MigrationStep } from "./migration/migration-step";
export {
  type MigrationLoginArgs,
  MigrationPhase,
  type MigrationStepArgs,
  type ServingColorArgs,
} from "./migration/migration-step-args";
export type { CallArgs } from "./network/call-args";
export { Network, type RouteTableIds } from "./network/network";
export { NatGateways, type NetworkArgs } from "./network/network-args";
export { BlueGreenService } from "./service/blue-green-service";
export type { BlueGreenServiceArgs, ColorVersionsArgs } from "./service/service-args";
export type { TaggedArgs } from "./tags/tagged-args";
export { Architecture } from "./validation/instance-types";
export { Watch } from "./watch/watch";
export type { WatchArgs } from "./watch/watch-args";
export { WatchStep } from "./watch/watch-step";
export type { WatchStepArgs } from "./watch/watch-step-args";
