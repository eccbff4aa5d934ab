import type { Input } from "@pulumi/pulumi";
import type { ApplicationLoad } from "./journeys";

/** The tiers of a stack, in the order in which a request passes them: `web` is public, `app` is internal. */
export const TIER_NAMES = ["web", "app"] as const;
export type TierName = (typeof TIER_NAMES)[number];

/**
 * The application: everything about it that the stack, the checks, the preview and the rehearsal need to know.
 *
 * `app/index.ts` exports it as `application`. A team that releases its own system replaces only the folder `app/`.
 *
 * ```ts
 * export const application: Application = {
 *   name: "shop",
 *   tiers: { web, app },
 *   versions: [{ version: "2.3.0", file: "app/queries.ts", queries, build: (tier) => buildTier(tier) }],
 *   migrationsDirectory: "app/migrations",
 *   releasesDirectory: "releases",
 *   load,
 * };
 * ```
 */
export interface Application {
  /**
   * Name of the service on its instances. It also begins the `application_name` of database connections:
   * `<name>:<color>:<version>`.
   *
   * Lower-case letters, digits and hyphens; the first character is a letter.
   */
  readonly name: string;
  readonly tiers: Readonly<Record<TierName, ApplicationTier>>;
  /** The versions that this checkout can build; most applications have one. */
  readonly versions: readonly SourceVersion[];
  /** Folder of the migration scripts, relative to the program. */
  readonly migrationsDirectory: string;
  /**
   * Folder of the release manifests (`<version>.json`), relative to the program. It may be missing.
   *
   * @see ReleaseManifest
   */
  readonly releasesDirectory: string;
  readonly load: ApplicationLoad;
}

/** One tier of an application. All its instances run the same service. */
export interface ApplicationTier {
  /** The port that the service listens on, 1-65535. */
  readonly port: number;
  /**
   * The path of the load balancer's health checks, such as `/healthz`. It is shallow: 200 means that the process serves
   * and does not drain. It asks neither another tier nor the database.
   *
   * Auto Scaling terminates instances that fail it, so a deep check would turn a failover of the database into the loss
   * of all instances.
   *
   * @see https://aws.amazon.com/builders-library/implementing-health-checks/
   */
  readonly healthCheckPath: string;
  /**
   * The path of the readiness check, such as `/readyz`. It is deep: 200 means that the database and the next tier
   * respond. Only the health gate and the watch request it, so a failure rejects a release and terminates no
   * instance.
   *
   * @default none, a release does not check the dependencies
   */
  readonly readinessPath?: string;
  /** Destinations inside the stack that the tier connects to. No other security group of the stack admits the tier. */
  readonly calls: readonly ("app" | "database")[];
  /**
   * TCP ports of the destinations outside of the stack that the tier connects to, 1-65535. Instances need 443 to fetch
   * their software and their secrets.
   *
   * @default `[443]`
   */
  readonly egressPorts?: readonly number[];
  /**
   * True if instances download RDS's certificate authorities before the service starts, unless the stack's
   * `database.requireTls` is false. With NODE_EXTRA_CA_CERTS, Node.js trusts them.
   */
  readonly needsRdsAuthorities: boolean;
  /**
   * Returns the environment variables of the service, to which the stack adds INSTANCE_ID.
   *
   * No secrets: everyone who may describe the launch template can read user data.
   */
  environment(service: ServiceContext): Readonly<Record<string, Input<string>>>;
  /** IAM permissions of the instances, in addition to reading their own artifact. */
  policyStatements(infrastructure: Infrastructure): readonly PolicyStatement[];
  /**
   * User data of an instance, as plain text.
   *
   * @default cloud-init that runs the artifact with Node.js, as a systemd service
   */
  userData?(service: UserDataContext): string;
}

/** Outputs of the stack that a service may need. A tier depends only on those that it uses. */
export interface Infrastructure {
  readonly region: Input<string>;
  /** URL of the internal load balancer in front of the tier `app`, such as `http://internal.example`. */
  readonly appUrl: Input<string>;
  readonly database: {
    readonly host: Input<string>;
    readonly port: Input<string>;
    readonly name: Input<string>;
    /**
     * ARN of the Secrets Manager secret with `username` and `password`. Each color has its own, whose password is new
     * with each deployment. Read it at each start, and again when the database rejects the password.
     */
    readonly secretArn: Input<string>;
    readonly requireTls: boolean;
  };
}

/** The service of one color of one tier. */
export interface ServiceContext extends Infrastructure {
  readonly color: "blue" | "green";
  readonly version: string;
  /** Idle timeout of both load balancers, in seconds. The service must keep idle connections open for longer. */
  readonly idleTimeoutSeconds: number;
  /** Time that the service has for its open requests after SIGTERM, in seconds, 1-3600. */
  readonly drainSeconds: number;
}

export interface UserDataContext {
  /** Name of the service, see {@link Application.name}. */
  readonly service: string;
  readonly artifactUrl: string;
  /** SHA-256 of the artifact, 64 hexadecimal digits. The service must not start from another file. */
  readonly sha256: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Time from SIGTERM to SIGKILL, in seconds. */
  readonly stopTimeoutSeconds: number;
  readonly certificateAuthorityUrl?: string;
}

export interface PolicyStatement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: Input<string> | readonly Input<string>[];
}

/** A version whose sources are in this checkout. */
export interface SourceVersion {
  /** Version by Semantic Versioning 2.0.0, such as `1.4.0`. */
  readonly version: string;
  /** File that lists the queries, relative to the program. Findings refer to it. */
  readonly file: string;
  /** All SQL statements that the version sends, by name. The compatibility check prepares each of them. */
  readonly queries: Readonly<Record<string, string>>;
  /** Builds the artifact of a tier. The same sources must give the same bytes. */
  build(tier: TierName): ArtifactFile;
}

export interface ArtifactFile {
  /** Absolute path of the file. */
  readonly file: string;
  /** Hash of the content, in hexadecimal. */
  readonly sha256: string;
}
