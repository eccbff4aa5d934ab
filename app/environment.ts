import * as z from "zod";
import type { TierName } from "../contract";

export const APPLICATION_NAME = "changeover";

export interface InstanceIdentity {
  readonly tier: TierName;
  readonly color: string;
  readonly version: string;
  readonly instance: string;
}

export interface ServiceSettings extends InstanceIdentity {
  readonly host: string;
  /** The port to listen on. With 0 the system chooses a free port, which is logged. */
  readonly port: number;
  readonly idleTimeoutSeconds: number;
  /**
   * Time limit of a drain in seconds, after which the process exits with an error: the deregistration delay of the
   * target group.
   *
   * WebSockets are closed in less than half of this time.
   */
  readonly drainSeconds: number;
}

export interface WebSettings extends ServiceSettings {
  readonly appUrl: URL;
}

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  /** The ARN of a Secrets Manager secret with `{"username","password"}`. */
  readonly secretArn: string;
  readonly poolSize: number;
  /** `verify` requires a certificate that Node.js trusts; NODE_EXTRA_CA_CERTS adds RDS's authorities. */
  readonly tls: "verify" | "off";
}

export interface ApplicationSettings extends ServiceSettings {
  readonly region: string;
  readonly database: DatabaseAddress;
}

export type ProcessEnvironment = Readonly<Record<string, string | undefined>>;

export class EnvironmentError extends Error {
  override name = "EnvironmentError";
}

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
    .describe("the internal load balancer's http:// or https:// address without a path"),
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

function parse<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>, environment: ProcessEnvironment) {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  const variables = [...new Set(result.error.issues.map((issue) => String(issue.path[0])))];
  const sentences = variables.map((variable) => {
    const got = environment[variable];
    const allowed = (schema.shape[variable] as z.ZodType | undefined)?.description;
    return `${variable} must be ${allowed}, got ${got === undefined ? "nothing" : JSON.stringify(got)}.`;
  });
  throw new EnvironmentError(sentences.join(" "));
}

/**
 * Rejects an environment whose tier or version differs from the bundle's. Build metadata may differ: `1.1.0+2` is
 * another deployment of 1.1.0.
 *
 * @returns the version of the deployment
 */
function checkBundle(environment: ProcessEnvironment, tier: TierName, version: string): string {
  const { TIER, VERSION } = environment;
  const reject = (variable: string, built: string, got: string | undefined) => {
    throw new EnvironmentError(
      `${variable} must be ${JSON.stringify(built)}, got ${got === undefined ? "nothing" : JSON.stringify(got)}. ` +
        `This bundle is the tier ${tier} of version ${version}: start the bundle of the environment.`,
    );
  };
  if (TIER !== tier) reject("TIER", tier, TIER);
  if (VERSION?.split("+")[0] !== version) reject("VERSION", version, VERSION);
  return VERSION ?? version;
}

function settings(
  tier: TierName,
  version: string,
  values: z.infer<z.ZodObject<typeof common>>,
): ServiceSettings {
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

export function webSettings(environment: ProcessEnvironment, version: string): WebSettings {
  const deployed = checkBundle(environment, "web", version);
  const values = parse(webVariables, environment);
  return { ...settings("web", deployed, values), appUrl: new URL(values.APP_URL) };
}

export function applicationSettings(environment: ProcessEnvironment, version: string): ApplicationSettings {
  const deployed = checkBundle(environment, "app", version);
  const values = parse(applicationVariables, environment);
  return {
    ...settings("app", deployed, values),
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
