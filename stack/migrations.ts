import type * as pulumi from "@pulumi/pulumi";
import { MigrationPhase, MigrationStep } from "../components";
import type { Application } from "../contract";
import type { Foundation } from "./foundation";
import type { MigrationPlan } from "./plan/plan-migrations";

/** Applies the scripts that the colors' versions need, while the application uses the database. */
export function runExpandMigrations(
  { settings, migration, database }: Foundation,
  { expand }: MigrationPlan,
): MigrationStep {
  return new MigrationStep(
    `${settings.name}-expand`,
    { migration, phase: MigrationPhase.Expand, ...expand },
    { dependsOn: [database] },
  );
}

/** Removes tables and columns that no running version needs, if the plan has a contract step. */
export function runContractMigrations(
  { settings, migration }: Foundation,
  application: Application,
  { contract }: MigrationPlan,
  { dependsOn }: { readonly dependsOn: pulumi.Resource[] },
): void {
  if (contract === undefined) return;
  new MigrationStep(
    `${settings.name}-contract`,
    { migration, phase: MigrationPhase.Contract, applicationName: application.name, ...contract },
    { dependsOn },
  );
}
