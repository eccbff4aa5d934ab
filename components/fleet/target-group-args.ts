import type { ArgsSpec, Format, Requirement } from "../validation/args-spec";

/** The protocol of the requests that a load balancer sends to targets. */
export const ProtocolVersion = {
  /** HTTP/1.1. */
  Http1: "HTTP1",
  /** HTTP/2. Clients must use HTTP/2, too. */
  Http2: "HTTP2",
  /** gRPC. */
  Grpc: "GRPC",
} as const;
export type ProtocolVersion = (typeof ProtocolVersion)[keyof typeof ProtocolVersion];

export interface TargetGroupArgs {
  /**
   * The protocol of the requests to the instances: `HTTP1`, `HTTP2` or `GRPC`.
   *
   * `HTTP2` and `GRPC` need an HTTPS listener, and reject requests in HTTP/1.1 with the status 464. The gate uses HTTP/2
   * wherever the load balancer offers it, and cannot check `GRPC`. A change replaces the target groups.
   *
   * @default `HTTP1`
   * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html
   */
  protocolVersion?: ProtocolVersion;
  /**
   * The path of the health check, to which a healthy instance responds with a code of `healthCheckMatcher`.
   *
   * It begins with a slash and has at most 1024 printable characters. With `GRPC`, it is a method such as
   * `/grpc.health.v1.Health/Check`.
   *
   * @default `/healthz`
   */
  healthCheckPath?: string;
  /**
   * The codes of a healthy instance: one, a list such as `200,204`, or a range such as `200-299`. HTTP codes are
   * 200-499, gRPC codes 0-99.
   *
   * @default `200`, or `0` with `GRPC`
   */
  healthCheckMatcher?: string;
  /**
   * Seconds between two health checks of an instance, 5-300.
   *
   * @default 10
   */
  healthCheckIntervalSeconds?: number;
  /**
   * Seconds in which a new healthy instance gets a growing share of the requests, 30-900; 0 for none.
   *
   * @default 0
   */
  slowStartSeconds?: number;
  /**
   * The deregistration delay in seconds, 0-3600: the time that a deregistered instance has to complete its requests.
   *
   * @default 300
   */
  drainSeconds?: number;
}

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html */
export const DRAIN_SECONDS = { kind: "integer", min: 0, max: 3600 } as const;

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html */
export const HEALTH_CHECK_PATH: Format = {
  pattern: /^\/[\x21-\x7e]{0,1023}$/,
  allowed: "a path that begins with a slash, of at most 1024 printable characters without spaces",
};

export const targetGroupSpec = {
  protocolVersion: {
    kind: "enum",
    values: Object.values(ProtocolVersion),
    default: ProtocolVersion.Http1,
  },
  healthCheckPath: { kind: "string", format: HEALTH_CHECK_PATH, default: "/healthz" },
  healthCheckMatcher: { kind: "string", whenOmitted: "`200`, or `0` with `GRPC`" },
  healthCheckIntervalSeconds: { kind: "integer", min: 5, max: 300, default: 10 },
  slowStartSeconds: { kind: "integer", min: 0, max: 900, default: 0 },
  drainSeconds: { ...DRAIN_SECONDS, default: 300 },
} as const satisfies ArgsSpec<TargetGroupArgs>;

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html */
export function matcherOf(protocolVersion: ProtocolVersion = ProtocolVersion.Http1): Requirement<string> {
  const [min, max] = protocolVersion === ProtocolVersion.Grpc ? [0, 99] : [200, 499];
  return {
    allowed: `codes from ${min} to ${max} for ${protocolVersion}: one, a list such as ${min},${min + 4} or a range such as ${min}-${max}`,
    holds: (text) => {
      const codes = text.split(/[-,]/).map(Number);
      const isRange = text.includes("-");
      return (
        /^\d{1,3}(-\d{1,3}|(,\d{1,3})*)$/.test(text) &&
        codes.every((code) => code >= min && code <= max) &&
        (!isRange || (codes[0] as number) <= (codes[1] as number))
      );
    },
  };
}

export const slowStart: Requirement<number> = {
  allowed: "0 for none, or an integer from 30 to 900",
  holds: (seconds) => seconds === 0 || seconds >= 30,
};
