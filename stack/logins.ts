import { type Color, type Database, DatabaseLogin, type MigrationLoginArgs } from "../components";
import type { LoginName } from "./plan/last-release";
import type { ReleasePlan } from "./plan/plan-release";
import type { StackSettings } from "./settings/settings";

/** The logins of both colors. They exist even for a color without a version, because secrets are protected. */
export type ColorLogins = Readonly<Record<Color, DatabaseLogin>>;

export function declareLogins(
  { name, protect }: StackSettings,
  { release }: Pick<ReleasePlan, "release">,
  tags: Readonly<Record<string, string>>,
): ColorLogins {
  const login = (color: Color) =>
    new DatabaseLogin(`${name}-${color}`, {
      username: roleOf(color),
      deployment: release.versions[color] ?? "none",
      protect,
      tags,
    });
  return { blue: login("blue"), green: login("green") };
}

function roleOf(color: Color): string {
  return `changeover_${color}`;
}

export function loginOf(
  { database, logins }: { readonly database: Database; readonly logins: ColorLogins },
  name: LoginName,
): MigrationLoginArgs {
  return name === "shared"
    ? { secretArn: database.applicationSecretArn, secretVersionId: database.applicationSecretVersionId }
    : logins[name];
}

export function rolesOf(database: Database, names: readonly LoginName[]): string[] {
  return names.map((name) => (name === "shared" ? database.applicationUsername : roleOf(name)));
}
