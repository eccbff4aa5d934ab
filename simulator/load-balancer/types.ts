/** The types of Elastic Load Balancing that the simulator supports. */

/** A target group and its weight (0-999, as on AWS). */
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
      /** Duration of group stickiness (`AWSALBTG` cookie); undefined turns it off. */
      readonly stickySeconds?: number;
    };

/**
 * A rule matches if all its conditions match. A condition matches if one of its values does. `*` and `?` are
 * wildcards.
 */
export type Condition =
  | { readonly type: "path-pattern"; readonly values: readonly string[] }
  | { readonly type: "host-header"; readonly values: readonly string[] }
  | { readonly type: "http-header"; readonly name: string; readonly values: readonly string[] };

export interface Rule {
  readonly arn: string;
  /** Protocol of the rule's listener. @default HTTP */
  readonly protocol?: ListenerProtocol;
  /** 1-50000, unique within a listener. If several rules match, the lowest number is applied. */
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
  /** Reason code such as `Target.NotInUse`, `Elb.InitialHealthChecking` or `Target.Timeout`. */
  readonly reason?: string;
}

/** A load balancer has at most one listener of each protocol. */
export type ListenerProtocol = "HTTP" | "HTTPS";

/** Settings of the HTTPS listener. */
export interface TlsSettings {
  /** The first certificate is the default. A client that names one of the other hosts gets that certificate. */
  readonly certificates: readonly TlsCertificate[];
  /** Oldest version of TLS that clients may use. */
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  /** @default TLSv1.3 */
  readonly maxVersion?: "TLSv1.2" | "TLSv1.3";
}

export interface TlsCertificate {
  /** DNS names; `*` may be the first label. */
  readonly names: readonly string[];
  /** In PEM form. */
  readonly certificate: string;
  /** In PEM form. */
  readonly privateKey: string;
}

/** Counters of one target group since its creation. The metrics of CloudWatch are computed from them. */
export interface TargetGroupCounters {
  /**
   * Requests for which a target was chosen. Like RequestCount, excludes requests that got 503 because the group was
   * empty.
   */
  requests: number;
  target2xx: number;
  target3xx: number;
  target4xx: number;
  target5xx: number;
  /** Responses of the load balancer itself with 502, 503 or 504, because this target group failed. */
  balancer5xx: number;
  /** Responses that failed after the client had received the headers, so that no status could report the failure. */
  cutResponses: number;
  /** Requests whose client disconnected before the response. AWS logs them with status 460. */
  clientClosed: number;
  inFlight: number;
  /** Response times of the last minutes in ms, limited in number; for the p99 alarm. */
  recentResponseMs: readonly { readonly at: number; readonly ms: number }[];
}

/** Connections that ended with a node of a load balancer. */
export interface LostNode {
  readonly connections: number;
  /** Requests that were in progress on these connections, WebSockets included. */
  readonly requests: number;
}

/**
 * The data plane of one load balancer. Its listeners, one for HTTP and one for HTTPS, share one port of 127.0.0.1.
 *
 * Changes apply to the next request, never to one in progress.
 */
export interface Balancer {
  /** The port that the listener uses. */
  readonly port: number;
  /**
   * Sets the time after which an idle connection is closed, 1-4000 s. It is not divided by the time scale.
   *
   * @default 60
   */
  setIdleTimeout(seconds: number): void;
  /**
   * Sets the action for requests that no rule of the protocol's listener matches; undefined removes the listener. Without
   * any listener, plain HTTP requests get 503.
   *
   * @param protocol @default HTTP
   */
  setDefaultAction(action: Action | undefined, protocol?: ListenerProtocol): void;
  /**
   * Starts to accept TLS on the port, with HTTP/1.1 and HTTP/2. The first byte of a connection tells TLS and plain HTTP
   * apart. New settings apply to new connections.
   */
  setTls(settings: TlsSettings): void;
  /**
   * Creates or replaces the rule with this ARN.
   *
   * @throws BalancerError `PriorityInUse` if another rule has the same priority, `TargetGroupNotFound` if the rule
   * forwards to a target group that does not exist, `ValidationError` if a value exceeds AWS's limits.
   */
  putRule(rule: Rule): void;
  deleteRule(arn: string): void;
  putTargetGroup(spec: TargetGroupSpec): void;
  /** @throws BalancerError `ResourceInUse` while a rule or the default action forwards to the target group. */
  deleteTargetGroup(arn: string): void;
  /** Registering a target again has no effect. Registering its id with another address is a `ValidationError`. */
  registerTarget(targetGroupArn: string, target: Target): void;
  /**
   * Resolves when all connections to the target are closed. Requests that are still open after the deregistration
   * delay are cut. As on AWS, deregistering a target that is not registered is not an error.
   */
  deregisterTarget(targetGroupArn: string, targetId: string): Promise<void>;
  describeTargetHealth(targetGroupArn: string): TargetHealthDescription[];
  /**
   * Delays each request on its way to a target, as a longer network path would: the round trip takes this much longer.
   * 0 ends the delay.
   */
  setLatency(milliseconds: number): void;
  /**
   * Ends one of the load balancer's two nodes: every second client connection is reset. New connections reach the other
   * node at once, as after the address of a failed node has left DNS.
   */
  dropNode(): LostNode;
  counters(targetGroupArn: string): TargetGroupCounters;
  /** Stops the listener and the health checks. Open requests are cut after `graceMs`, at once if it is not given. */
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
   * Random numbers in [0, 1) for the choice by weight. Tests pass a seeded generator.
   *
   * @default Math.random
   */
  readonly random?: () => number;
  /**
   * Divisor of health check intervals, health check timeouts and deregistration delays, so that a short rehearsal can
   * include a whole release. The report shows it.
   *
   * @default 1, real time
   */
  readonly timeScale?: number;
}
