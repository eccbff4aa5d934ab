/** The environment of an instance -> typed settings. Every refusal names the variable, what was got and what is allowed. */

import * as z from "zod";
import type { TierName } from "../contract";

/** Begins the names of database connections. */
export const APPLICATION_NAME = "changeover";

/** Who answers: every answer and every log line carries it. */
export interface Identity {
  readonly tier: TierName;
  readonly color: string;
  readonly version: string;
  readonly instance: string;
}

/** What both tiers need. */
export interface Settings extends Identity {
  readonly host: string;
  /** 0 takes a free one; the log says which. */
  readonly port: number;
  /** Idle timeout of the load balancers in front of either tier, in seconds. */
  readonly idleTimeoutSeconds: number;
  /**
   * How long a drain may take before the process ends itself with an error, in seconds; the deregistration delay of
   * the target group. WebSockets are let go after less than half of it.
   */
  readonly drainSeconds: number;
}

export interface WebSettings extends Settings {
  /** The inner load balancer. */
  readonly appUrl: URL;
}

export interface DatabaseSettings {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  /** A Secrets Manager secret with `{"username","password"}`. */
  readonly secretArn: string;
  readonly poolSize: number;
  /** `verify` wants a certificate that Node trusts (NODE_EXTRA_CA_CERTS adds the database's own authority). */
  readonly tls: "verify" | "off";
}

export interface ApplicationSettings extends Settings {
  readonly region: string;
  readonly database: DatabaseSettings;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export class EnvironmentError extends Error {
  override name = "EnvironmentError";
}

/** The description of each variable is what its error says is allowed. */
function whole(min: number, max: number, fallback?: number) {
  const number = z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
  const described = fallback === undefined ? number : number.default(fallback);
  return described.describe(`a whole number from ${min} to ${max}`);
}

const name = (allowed: string) => z.string().min(1).max(1024).describe(allowed);

const common = {
  COLOR: z.enum(["blue", "green"]).describe("blue or green"),
  INSTANCE_ID: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .describe("1 to 64 letters, digits, dots, hyphens and underscores"),
  HOST: name("an address to listen on").default("0.0.0.0"),
  PORT: whole(0, 65_535, 8080),
  IDLE_TIMEOUT_SECONDS: whole(1, 4000, 60),
  DRAIN_SECONDS: whole(1, 3600, 30),
};

const webVariables = z.object({
  ...common,
  APP_URL: z
    .url({ protocol: /^https?$/ })
    .refine((text) => !URL.canParse(text) || new URL(text).pathname === "/")
    .describe("the inner load balancer's http:// or https:// address without a path"),
});

const applicationVariables = z.object({
  ...common,
  AWS_REGION: name("an AWS region"),
  DATABASE_HOST: name("a host name"),
  DATABASE_PORT: whole(1, 65_535),
  DATABASE_NAME: name("the name of a database"),
  DATABASE_SECRET_ARN: name("the ARN of a Secrets Manager secret"),
  DATABASE_POOL_SIZE: whole(1, 100, 5),
  DATABASE_TLS: z.enum(["verify", "off"]).default("verify").describe("verify or off"),
});

function parse<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>, environment: Environment) {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  const variables = [...new Set(result.error.issues.map((issue) => String(issue.path[0])))];
  const refusals = variables.map((variable) => {
    const got = environment[variable];
    const allowed = (schema.shape[variable] as z.ZodType | undefined)?.description;
    return `${variable}: got ${got === undefined ? "nothing" : JSON.stringify(got)}; allowed is ${allowed}.`;
  });
  throw new EnvironmentError(`The environment is not usable. ${refusals.join(" ")}`);
}

/** A bundle holds one tier of one version; an environment written for another one must not start it. */
function checkBundle(environment: Environment, tier: TierName, version: string): void {
  const wanted = { TIER: tier, VERSION: version };
  for (const [variable, built] of Object.entries(wanted)) {
    const got = environment[variable];
    if (got === built) continue;
    throw new EnvironmentError(
      `${variable}: got ${got === undefined ? "nothing" : JSON.stringify(got)}, but this bundle is the ${tier} tier of ` +
        `version ${version}; allowed is ${JSON.stringify(built)}. Start the bundle that belongs to the environment.`,
    );
  }
}

function settings(tier: TierName, version: string, values: z.infer<z.ZodObject<typeof common>>): Settings {
  return {
    tier,
    version,
    color: values.COLOR,
    instance: values.INSTANCE_ID,
    host: values.HOST,
    port: values.PORT,
    idleTimeoutSeconds: values.IDLE_TIMEOUT_SECONDS,
    drainSeconds: values.DRAIN_SECONDS,
  };
}

/** @throws {EnvironmentError} */
export function webSettings(environment: Environment, version: string): WebSettings {
  checkBundle(environment, "web", version);
  const values = parse(webVariables, environment);
  return { ...settings("web", version, values), appUrl: new URL(values.APP_URL) };
}

/** @throws {EnvironmentError} */
export function applicationSettings(environment: Environment, version: string): ApplicationSettings {
  checkBundle(environment, "app", version);
  const values = parse(applicationVariables, environment);
  return {
    ...settings("app", version, values),
    region: values.AWS_REGION,
    database: {
      host: values.DATABASE_HOST,
      port: values.DATABASE_PORT,
      name: values.DATABASE_NAME,
      secretArn: values.DATABASE_SECRET_ARN,
      poolSize: values.DATABASE_POOL_SIZE,
      tls: values.DATABASE_TLS,
    },
  };
}
