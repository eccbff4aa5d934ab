import type { ReleaseUpdate } from "./next-update";

export interface CredentialsLimit {
  readonly remainingMinutes: number;
}

/**
 * Time until the credentials of the environment expire.
 *
 * @returns undefined without an expiry in the environment, as with a profile, which the SDK renews itself
 */
export function credentialsLimit(
  env: Readonly<Record<string, string | undefined>>,
  now: Date,
): CredentialsLimit | undefined {
  const expiration = Date.parse(env.AWS_CREDENTIAL_EXPIRATION ?? "");
  if (Number.isNaN(expiration) || env.AWS_ACCESS_KEY_ID === undefined) return undefined;
  return { remainingMinutes: Math.floor((expiration - now.getTime()) / 60_000) };
}

/** Duration of an update without its waits: reads, and changes of a few resources. */
const BASE_MINUTES = 2;
/** Two tiers, each up to 10 minutes until its instances are healthy. */
const INSTANCE_MINUTES = 20;
/** The longest run of one migration invocation. */
const INVOCATION_MINUTES = 15;

/** The longest duration of an update in minutes, as far as its limits are known. */
export function longestMinutes(
  { kind }: Pick<ReleaseUpdate, "kind">,
  {
    bakeMinutes,
    migrationInvocations,
  }: { readonly bakeMinutes: number; readonly migrationInvocations: number },
): number {
  const migration = INVOCATION_MINUTES * migrationInvocations;
  const limits: Readonly<Record<ReleaseUpdate["kind"], number>> = {
    first: INSTANCE_MINUTES + migration,
    deploy: INSTANCE_MINUTES + migration,
    canary: INSTANCE_MINUTES + bakeMinutes,
    flip: INSTANCE_MINUTES + bakeMinutes,
    continue: bakeMinutes,
    retire: INSTANCE_MINUTES,
    contract: migration,
    adopt: 0,
    configure: 0,
  };
  return BASE_MINUTES + limits[kind];
}

/** The shortest duration of a successful update, in minutes. */
export function shortestMinutes({ kind }: Pick<ReleaseUpdate, "kind">, bakeMinutes: number): number {
  return kind === "canary" || kind === "flip" || kind === "continue"
    ? BASE_MINUTES + bakeMinutes
    : BASE_MINUTES;
}
