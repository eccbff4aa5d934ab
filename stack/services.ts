import * as path from "node:path";
import { appVersions, bundleApp, type Tier } from "../build/bundle";
import { serviceUserData } from "../components";
import type { BuiltArtifact } from "./plan/artifacts";
import { RefusedError } from "./settings/validation-error";

/** The sample system's two tiers, in the order in which a request passes them. */
export const TIERS: readonly Tier[] = ["web", "app"];

/** Where a tier's bundle of a version lies in the artifact store. */
export function artifactKey(tier: Tier, version: string): string {
  return `${tier}/${version}.js`;
}

/**
 * Bundles what the versions run. Paths are relative to the program, so that the state reads the same everywhere.
 * @throws RefusedError for versions that this checkout does not hold.
 */
export function buildArtifacts(versions: readonly string[]): BuiltArtifact[] {
  const known = appVersions();
  const unknown = versions.filter((version) => !known.includes(version));
  if (unknown.length > 0) {
    throw new RefusedError(
      unknown.map((version) => ({
        what: "blueVersion or greenVersion",
        got: version,
        allowed: `a version that this checkout holds: ${known.join(", ")}`,
        todo: `Name one of them, or check out what holds ${version}.`,
      })),
    );
  }
  return versions.flatMap((version) =>
    TIERS.map((tier) => {
      const { file, sha256 } = bundleApp(tier, version);
      return { key: artifactKey(tier, version), file: path.relative(process.cwd(), file), sha256 };
    }),
  );
}

/** What one color of one tier runs. */
export interface ServiceSettings {
  readonly tier: Tier;
  readonly color: string;
  readonly version: string;
  readonly artifactUrl: string;
  readonly region: string;
  readonly idleTimeoutSeconds: number;
  readonly drainSeconds: number;
  /** What only this tier needs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Default: none. */
  readonly certificateAuthorityUrl?: string;
}

/** RDS's certificate authorities. @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html */
export const RDS_AUTHORITIES_URL = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem";

/** The user data of the sample system's servers. */
export function serviceOf(settings: ServiceSettings): string {
  const { tier, color, version, artifactUrl, region, idleTimeoutSeconds, drainSeconds } = settings;
  const ownLimitSeconds = Math.max(1, drainSeconds);
  return serviceUserData({
    service: "changeover",
    artifactUrl,
    stopTimeoutSeconds: ownLimitSeconds + 15,
    certificateAuthorityUrl: settings.certificateAuthorityUrl,
    environment: {
      TIER: tier,
      COLOR: color,
      VERSION: version,
      PORT: "8080",
      AWS_REGION: region,
      IDLE_TIMEOUT_SECONDS: String(idleTimeoutSeconds),
      DRAIN_SECONDS: String(ownLimitSeconds),
      ...settings.environment,
    },
  });
}
