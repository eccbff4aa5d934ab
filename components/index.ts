export { ReleaseAlarms, type ReleaseAlarmsArgs, type WatchedTierArgs } from "./alarms/release-alarms";
export { Database, type DatabaseArgs } from "./database/database";
export { type ArtifactArgs, ArtifactStore, type ArtifactStoreArgs } from "./fleet/artifact-store";
export {
  BlueGreenFleet,
  type ColorHeaders,
  type ColorOutputs,
} from "./fleet/blue-green-fleet";
export { COLOR_HEADER, COLORS, Color, otherColor, TOKEN_HEADER } from "./fleet/color";
export type { BlueGreenFleetArgs } from "./fleet/fleet-args";
export { FleetColor } from "./fleet/fleet-color";
export type { ColorTargetGroupArns, FleetArgs, FleetColorArgs } from "./fleet/fleet-color-args";
export { type ServiceUserData, serviceUserData } from "./fleet/user-data";
export type { StepFunctionArgs } from "./functions/lambda-function";
export { DrainCheck, type DrainCheckArgs, type DrainFunctionArgs } from "./gate/drain-check";
export { Gate, type GateArgs } from "./gate/gate";
export { GateCheck, type GateCheckArgs, type GateFunctionArgs, type GateTierArgs } from "./gate/gate-check";
export { Certificate, type CertificateArgs } from "./load-balancer/certificate";
export { LoadBalancer, type LoadBalancerArgs } from "./load-balancer/load-balancer";
export {
  type ColorWeights,
  ProductionRule,
  type ProductionRuleArgs,
} from "./load-balancer/production-rule";
export { Migration, type MigrationArgs, type MigrationDatabaseArgs } from "./migration/migration";
export {
  MigrationPhase,
  MigrationStep,
  type MigrationStepArgs,
  type ServingColorArgs,
} from "./migration/migration-step";
export type { CallArgs } from "./network/calls";
export { NatGateways, Network, type NetworkArgs } from "./network/network";
export { InvalidArgumentError, type Refusal } from "./validation/invalid-argument";
