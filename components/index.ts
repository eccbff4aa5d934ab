export { type ArtifactArgs, ArtifactStore, type ArtifactStoreArgs } from "./artifactStore";
export {
  BlueGreenFleet,
  type BlueGreenFleetArgs,
  type BlueGreenFleetOptions,
  type ColorGroupNames,
  type ColorGroups,
  type ColorHeaders,
  type ColorOutputs,
  type FleetColorArgs,
} from "./blueGreenFleet";
export type { CallArgs } from "./calls";
export { Certificate, type CertificateArgs } from "./certificate";
export { COLOR_HEADER, COLORS, Color, otherColor, TOKEN_HEADER } from "./color";
export { Database, type DatabaseArgs } from "./database";
export { DrainCheck, type DrainCheckArgs, type DrainFunctionArgs } from "./drainCheck";
export { Gate, type GateArgs } from "./gate";
export { GateCheck, type GateCheckArgs, type GateFunctionArgs, type GateTierArgs } from "./gateCheck";
export { InvalidArgumentError, type Refusal } from "./invalid";
export type { StepFunctionArgs } from "./lambdaFunction";
export { LoadBalancer, type LoadBalancerArgs } from "./loadBalancer";
export { Migration, type MigrationArgs, type MigrationDatabaseArgs } from "./migration";
export {
  MigrationPhase,
  MigrationStep,
  type MigrationStepArgs,
  type ServingColorArgs,
} from "./migrationStep";
export { NatGateways, Network, type NetworkArgs } from "./network";
export {
  type ColorTargetGroupArns,
  type ColorWeights,
  ProductionRule,
  type ProductionRuleArgs,
} from "./productionRule";
export { ReleaseAlarms, type ReleaseAlarmsArgs, type WatchedTierArgs } from "./releaseAlarms";
export { type ServiceUserData, serviceUserData } from "./userData";
