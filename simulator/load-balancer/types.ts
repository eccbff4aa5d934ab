/** The words of Elastic Load Balancing that the one-machine load balancer speaks. */

/** Where a request may go, with the share it gets (0-999, as AWS bounds it). */
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
  /** As AWS writes it: `200`, `200-299` or `200,202`. */
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

/** As DescribeTargetHealth says it. */
export type TargetState = "initial" | "healthy" | "unhealthy" | "unused" | "draining";

export interface TargetHealth {
  readonly target: Target;
  readonly state: TargetState;
  /** `Target.NotInUse`, `Elb.InitialHealthChecking`, `Target.ResponseCodeMismatch`, `Target.Timeout` … */
  readonly reason?: string;
}

/** What CloudWatch would count for one target group since it exists. */
export interface TargetGroupCounters {
  /** Requests for which a target was chosen; like RequestCount, a 503 of an empty group is not among them. */
  requests: number;
  target2xx: number;
  target3xx: number;
  target4xx: number;
  target5xx: number;
  /** Answers that the balancer gave itself because this group could not: 502, 503, 504. */
  balancer5xx: number;
  /** Answers that broke off after their head had gone to the client, so that no status could say it any more. */
  answersCut: number;
  /** 460: the client left before the answer. */
  clientClosed: number;
  inFlight: number;
  /** Response times in ms of the last minutes, bounded; for the p99 alarm. */
  recentResponseMs: readonly { readonly at: number; readonly ms: number }[];
}

/**
 * The data plane of one load balancer with one listener on 127.0.0.1.
 * Changes take effect for the next request, never for one in flight.
 */
export interface Balancer {
  /** The port that the listener got. */
  readonly port: number;
  /** How long a connection may be silent; 1-4000 s, 60 until this is called. Never divided by the time scale. */
  setIdleTimeout(seconds: number): void;
  /** Until this is called, a request that no rule matches gets 503. */
  setDefaultAction(action: Action): void;
  /**
   * Creates or replaces the rule with this arn. Throws `PriorityInUse` when another rule has its priority,
   * `TargetGroupNotFound` when it forwards to a group that does not exist, `ValidationError` out of AWS's bounds.
   */
  putRule(rule: Rule): void;
  deleteRule(arn: string): void;
  putTargetGroup(spec: TargetGroupSpec): void;
  /** Throws `ResourceInUse` while a rule or the default action names it. */
  deleteTargetGroup(arn: string): void;
  /** Registering a target again changes nothing; the same id at another address is a `ValidationError`. */
  registerTarget(targetGroupArn: string, target: Target): void;
  /**
   * Resolves when the target is out: its requests are done, or the deregistration delay is over and what was still
   * open is cut; its connections are closed. A target that is not registered is no error, as with AWS.
   */
  deregisterTarget(targetGroupArn: string, targetId: string): Promise<void>;
  describeTargetHealth(targetGroupArn: string): TargetHealth[];
  counters(targetGroupArn: string): TargetGroupCounters;
  /** Stops listening, ends what is open after `graceMs` (default 0: at once), stops the health checks. */
  close(graceMs?: number): Promise<void>;
}

export interface BalancerOptions {
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Port to listen on; default 0, a free one. */
  readonly port?: number;
  /** Where the weights get their chance from, in [0, 1); default Math.random. A test gives a seeded one. */
  readonly random?: () => number;
  /**
   * Health-check intervals and timeouts and deregistration delays are divided by this, so that a short rehearsal
   * can show a whole release; default 1, real time. The report names it.
   */
  readonly timeScale?: number;
}
