import type * as pulumi from "@pulumi/pulumi";
import { MigrationPhase, MigrationStep } from "../components";
import type { Application } from "../contract";
import type { Foundation } from "./foundation";
import { loginOf, rolesOf } from "./logins";
import type { ReleasePlan } from "./plan/plan-release";

/**
 * Sets the passwords of the logins and applies the scripts that the colors' versions need, while the application uses
 * the database.
 */
export function runExpandMigrations(
  base: Foundation,
  { migrations, logins }: Pick<ReleasePlan, "migrations" | "logins">,
): MigrationStep {
  const { settings, migration, database } = base;
  return new MigrationStep(
    `${settings.name}-expand`,
    {
      migration,
      phase: MigrationPhase.Expand,
      ...migrations.expand,
      logins: logins.used.map((name) => loginOf(base, name)),
    },
    { dependsOn: [database] },
  );
}

/** Removes tables and columns that no running version needs, if the plan has a contract step. */
export function runContractMigrations(
  { settings, migration, database }: Foundation,
  application: Application,
  { migrations }: Pick<ReleasePlan, "migrations">,
  { dependsOn }: { readonly dependsOn: pulumi.Resource[] },
): void {
  if (migrations.contract === undefined) return;
  const { retiredLogins, ...contract } = migrations.contract;
  new MigrationStep(
    `${settings.name}-contract`,
    {
      migration,
      phase: MigrationPhase.Contract,
      applicationName: application.name,
      ...contract,
      retiredRoles: retiredLogins && rolesOf(database, retiredLogins),
    },
    { dependsOn },
  );
}

/** Ends the logins of retired colors after their instances are gone. */
export function retireLogins(
  { settings, migration, database }: Foundation,
  { retired, logins }: Pick<ReleasePlan, "retired" | "logins">,
  { dependsOn }: { readonly dependsOn: pulumi.Resource[] },
): MigrationStep[] {
  return retired.map(
    ({ color }) =>
      new MigrationStep(
        `${settings.name}-retire-${color}`,
        { migration, phase: MigrationPhase.Retire, retiredRoles: rolesOf(database, logins.retired) },
        { dependsOn },
      ),
  );
}
