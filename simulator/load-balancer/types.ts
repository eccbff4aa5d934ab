/** The types of Elastic Load Balancing that the simulator supports. */

/** A target group with its weight (0-999, AWS's bounds). */
export interface WeightedTarget {
  readonly targetGroupArn: string;
  readonly weight: number;
}

export type Action =
  | {
      readonly type: "fixed-response";
      readonly statusCode: number;
      readonly contentType: string;
      readonly body: string;
    }
  | { readonly type: "redirect"; readonly statusCode: 301 | 302; readonly location: string }
  | {
      readonly type: "forward";
      readonly targets: readonly WeightedTarget[];
      /** Group stickiness (`AWSALBTG` cookie); undefined is off. */
      readonly stickySeconds?: number;
    };

/** All conditions of a rule must match; within one condition any value may. `*` and `?` are wildcards. */
export type Condition =
  | { readonly type: "path-pattern"; readonly values: readonly string[] }
  | { readonly type: "host-header"; readonly values: readonly string[] }
  | { readonly type: "http-header"; readonly name: string; readonly values: readonly string[] };

export interface Rule {
  readonly arn: string;
  /** 1-50000, unique in a listener; the lowest number that matches wins. */
  readonly priority: number;
  readonly conditions: readonly Condition[];
  readonly action: Action;
}

export interface HealthCheck {
  readonly path: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Matcher in AWS's form: `200`, `200-299` or `200,202`. */
  readonly matcher: string;
}

export interface TargetGroupSpec {
  readonly arn: string;
  readonly deregistrationDelaySeconds: number;
  readonly healthCheck: HealthCheck;
}

export interface Target {
  /** The instance id. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

/** State as in DescribeTargetHealth. */
export type TargetState = "initial" | "healthy" | "unhealthy" | "unused" | "draining";

export interface TargetHealthDescription {
  readonly target: Target;
  readonly state: TargetState;
  /** `Target.NotInUse`, `Elb.InitialHealthChecking`, `Target.ResponseCodeMismatch`, `Target.Timeout` … */
  readonly reason?: string;
}

/** CloudWatch's counts of one target group since its creation. */
export interface TargetGroupCounters {
  /** Requests for which a target was chosen. Like RequestCount, it leaves out the 503 of an empty group. */
  requests: number;
  target2xx: number;
  target3xx: number;
  target4xx: number;
  target5xx: number;
  /** Responses that the load balancer created because this group could not: 502, 503, 504. */
  balancer5xx: number;
  /** Responses that broke after their head was sent to the client, so that no status could report it. */
  cutResponses: number;
  /** 460: the client left before the response. */
  clientClosed: number;
  inFlight: number;
  /** Response times in ms of the last minutes, bounded; for the p99 alarm. */
  recentResponseMs: readonly { readonly at: number; readonly ms: number }[];
}

/**
 * The data plane of one load balancer with one listener on 127.0.0.1.
 *
 * Changes take effect for the next request, never for one in progress.
 */
export interface Balancer {
  /** The port that the listener uses. */
  readonly port: number;
  /**
   * Longest silence of a connection; 1-4000 s. Never divided by the time scale.
   *
   * @default 60
   */
  setIdleTimeout(seconds: number): void;
  /** Until this is called, a request that no rule matches gets 503. */
  setDefaultAction(action: Action): void;
  /**
   * Creates or replaces the rule with this ARN.
   *
   * @throws BalancerError `PriorityInUse` when another rule has its priority, `TargetGroupNotFound` when it forwards
   * to a group that does not exist, `ValidationError` outside of AWS's bounds.
   */
  putRule(rule: Rule): void;
  deleteRule(arn: string): void;
  putTargetGroup(spec: TargetGroupSpec): void;
  /** @throws BalancerError `ResourceInUse` while a rule or the default action names it. */
  deleteTargetGroup(arn: string): void;
  /** Registering a target again changes nothing; the same id at another address is a `ValidationError`. */
  registerTarget(targetGroupArn: string, target: Target): void;
  /**
   * Resolves when the target is out: its requests are done, or the deregistration delay is over and open requests are
   * cut; its connections are closed. A target that is not registered is no error, as on AWS.
   */
  deregisterTarget(targetGroupArn: string, targetId: string): Promise<void>;
  describeTargetHealth(targetGroupArn: string): TargetHealthDescription[];
  counters(targetGroupArn: string): TargetGroupCounters;
  /** Stops listening, ends open requests after `graceMs` (default 0: at once), stops the health checks. */
  close(graceMs?: number): Promise<void>;
}

export interface BalancerOptions {
  /**
   * Address to listen on.
   *
   * @default 127.0.0.1
   */
  readonly host?: string;
  /**
   * Port to listen on; 0 for a free one.
   *
   * @default 0
   */
  readonly port?: number;
  /**
   * Random numbers for the weights, in [0, 1). A test passes seeded ones.
   *
   * @default Math.random
   */
  readonly random?: () => number;
  /**
   * Health check intervals and timeouts and deregistration delays are divided by this, so that a short rehearsal can
   * show a whole release. The report names it.
   *
   * @default 1, real time
   */
  readonly timeScale?: number;
}
