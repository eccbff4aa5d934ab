import { oppositeColor, type TrafficColor, type TrafficShares } from "./colors";
import type { DeployedRelease } from "./deployed-release";

/** Settings by key. An empty text removes a setting. */
export type ConfigChanges = Readonly<Record<string, string>>;

/** The settings with which an update keeps these shares. */
export function configOfShares(
  shares: TrafficShares,
  live: TrafficColor,
): { live: TrafficColor; canaryPercent: string } {
  const other = oppositeColor(live);
  if (shares[live] === 0) return { live: other, canaryPercent: "0" };
  return { live, canaryPercent: String(shares[other]) };
}

/** The settings of a release as deployed: an update with them does not change it. */
export function agreedConfig(
  release: DeployedRelease,
  shares: TrafficShares = release.weights,
): ConfigChanges {
  const { versions, contracted, settings } = release;
  const idle = settings?.idle;
  return {
    ...configOfShares(shares, release.live),
    blueVersion: versions.blue ?? "",
    greenVersion: versions.green ?? "",
    contractThrough: contracted?.through ?? "",
    ...(typeof idle === "string" ? { idle } : {}),
  };
}

export function configCommands(changes: ConfigChanges, stack?: string): string[] {
  const option = stack === undefined ? "" : ` --stack ${stack}`;
  return Object.entries(changes).map(([key, value]) =>
    value === "" ? `pulumi config rm ${key}${option}` : `pulumi config set ${key} ${value}${option}`,
  );
}
