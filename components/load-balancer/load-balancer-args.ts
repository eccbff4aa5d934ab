import type * as pulumi from "@pulumi/pulumi";
import { cidrIssue } from "../network/address-plan";
import { ipv6RangeIssue, isIpv6Range } from "../network/ipv6-range";
import { type TaggedArgs, tagsSpec } from "../tags/tagged-args";
import type { ComponentSpec, Format } from "../validation/args-spec";
import { distinctIssue, duplicateIssue, omittedIssue, requirementIssue } from "../validation/find-issues";
import {
  BUCKET,
  CERTIFICATE_ARN,
  CERTIFICATE_DOMAIN,
  DOMAIN_NAME,
  HOSTED_ZONE_ID,
  securityGroupList,
  subnetList,
  VPC_ID,
  WEB_ACL_ARN,
} from "../validation/formats";
import { LOAD_BALANCER_NAME } from "../validation/names";
import { placeIssue } from "../validation/region";
import { isPlaceholder, isUnknown } from "../validation/unknown";

export interface LoadBalancerArgs extends TaggedArgs {
  /** The VPC of the subnets. */
  vpcId: pulumi.Input<string>;
  /** Two or more subnets in different zones: public subnets for the edge, private subnets for an internal one. */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * True for a load balancer that only the VPC can reach.
   *
   * @default false
   */
  internal?: boolean;
  /**
   * The ARN of an issued ACM certificate or of an IAM server certificate, for HTTPS.
   *
   * @default one is requested, see `domainName`
   */
  certificateArn?: pulumi.Input<string>;
  /**
   * The domain name that users call.
   *
   * At most 253 characters, or 64 if a certificate is requested. With `hostedZoneId`, an alias record is created;
   * unless `certificateArn` is set, a certificate is also requested and validated by DNS.
   *
   * @default none, users call the AWS name
   */
  domainName?: pulumi.Input<string>;
  /**
   * The Route 53 hosted zone of `domainName`. Not allowed without `domainName`.
   *
   * @default none, you create the records and the certificate
   */
  hostedZoneId?: pulumi.Input<string>;
  /**
   * Serves plain HTTP without a certificate, so passwords and data are sent unencrypted.
   *
   * A change replaces all rules, because they move to another listener. `protect` prevents that.
   *
   * @default false
   */
  allowPlainHttp?: boolean;
  /**
   * The IPv4 ranges that may connect, with `dualstack` also IPv6 ranges. Each must be unique and start on its own
   * boundary.
   *
   * A range may be an output, but the list may not, because each range has its own ingress rules. Pulumi identifies
   * the rules of a plain range by its value, those of an output by its position among the outputs. On a public load
   * balancer, include the addresses of the NAT gateways, from which the gate's Lambda connects.
   *
   * @default `0.0.0.0/0`, with `dualstack` also `::/0`, for a public load balancer, none for an internal one
   */
  allowedCidrs?: pulumi.Input<string>[];
  /**
   * Lets the load balancer connect to any address. With false it reaches only fleets, whose `BlueGreenFleet` adds a rule to
   * `securityGroupId`. Not allowed with `securityGroupIds`.
   *
   * @default true
   */
  openEgress?: boolean;
  /**
   * Seconds without data after which a connection is closed, 1-4000.
   *
   * The targets must keep idle connections open longer than this, or clients receive 502.
   *
   * @default 60
   */
  idleTimeoutSeconds?: number;
  /**
   * Protects the load balancer and its listeners from deletion, in AWS and in Pulumi (`protect`).
   *
   * @default true
   */
  protect?: boolean;
  /**
   * The S3 bucket for access logs; its policy must let the load balancer write. An `AccessLogBucket` has it.
   *
   * @default none, no access logs
   */
  accessLogsBucket?: pulumi.Input<string>;
  /**
   * The folder in the bucket, without a slash at its start and end and without `AWSLogs`. Not allowed without
   * `accessLogsBucket`.
   *
   * @default none, the logs begin with `AWSLogs/`
   */
  accessLogsPrefix?: pulumi.Input<string>;
  /**
   * The ARN of the web ACL of AWS WAF that filters the requests; a regional one.
   *
   * The web ACL must let the test rules pass: the gate's requests come from the addresses of the NAT gateways.
   *
   * @default none
   */
  webAclArn?: pulumi.Input<string>;
  /**
   * The addresses of the load balancer: `ipv4`, or `dualstack` for IPv6 too, which needs subnets with IPv6 ranges, as
   * those of a `Network` with `ipv6`.
   *
   * @default `ipv4`
   */
  ipAddressType?: IpAddressType;
  /**
   * Your own security groups of the load balancer, 1-5, instead of the one that the component creates.
   *
   * Their rules are yours: `allowedCidrs` is not allowed, and the first one is the output `securityGroupId`, which fleets
   * admit. A change of the list changes the load balancer in place.
   *
   * @default one is created
   */
  securityGroupIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The ARNs of further certificates, for more domain names on the HTTPS listener, at most 25.
   *
   * @default none
   */
  additionalCertificateArns?: pulumi.Input<string>[];
  /**
   * The security policy of the HTTPS listener: the TLS versions and ciphers that it accepts.
   *
   * @default `ELBSecurityPolicy-TLS13-1-2-2021-06`
   * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
   */
  sslPolicy?: pulumi.Input<string>;
}

/** The kinds of addresses that clients can use. */
export const IpAddressType = {
  /** IPv4 only. */
  Ipv4: "ipv4",
  /** IPv4 and IPv6. */
  Dualstack: "dualstack",
} as const;
export type IpAddressType = (typeof IpAddressType)[keyof typeof IpAddressType];

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html */
const MAX_ADDITIONAL_CERTIFICATES = 25;

const LOG_PREFIX: Format = {
  pattern: /^(?!\/)(?!.*AWSLogs)[\w!.*'()/-]{1,255}(?<!\/)$/,
  allowed: "a folder without a slash at its start and end and without AWSLogs, such as shop/edge",
};

/** The families of policies; AWS adds members with other dates. */
const SSL_POLICY: Format = {
  pattern:
    /^ELBSecurityPolicy-((TLS-1-[0-2](-Ext)?|FS(-1-[12](-Res)?)?|TLS13-1-[0-3](-Res|-Ext[0-2])?(-FIPS)?(-PQ)?)-)?20\d\d-\d\d$/,
  allowed: "the name of a security policy, such as ELBSecurityPolicy-TLS13-1-2-2021-06",
  remedy: "The command `aws elbv2 describe-ssl-policies` lists them.",
};

export const loadBalancerSpec = {
  name: LOAD_BALANCER_NAME,
  args: {
    vpcId: { kind: "string", format: VPC_ID, required: true, input: true },
    subnetIds: { ...subnetList(2), required: true },
    internal: { kind: "boolean", default: false },
    certificateArn: {
      kind: "string",
      format: CERTIFICATE_ARN,
      whenOmitted: "one is requested, see `domainName`",
      input: true,
    },
    domainName: {
      kind: "string",
      complete: true,
      format: DOMAIN_NAME,
      whenOmitted: "none, users call the AWS name",
      input: true,
    },
    hostedZoneId: {
      kind: "string",
      format: HOSTED_ZONE_ID,
      whenOmitted: "none, you create the records and the certificate",
      input: true,
    },
    allowPlainHttp: { kind: "boolean", default: false },
    allowedCidrs: {
      kind: "list",
      items: { kind: "string", input: true },
      whenOmitted:
        "`0.0.0.0/0`, with `dualstack` also `::/0`, for a public load balancer, none for an internal one",
      check: (cidrs, key) => [
        ...cidrs.map((cidr, index) => (isKnownCidr(cidr) ? rangeIssue(`${key}[${index}]`, cidr) : undefined)),
        duplicateIssue(
          key,
          cidrs.map((cidr) => (typeof cidr === "string" ? cidr.toLowerCase() : cidr)),
        ),
      ],
    },
    openEgress: { kind: "boolean", default: true },
    idleTimeoutSeconds: { kind: "integer", min: 1, max: 4000, default: 60 },
    protect: { kind: "boolean", default: true },
    accessLogsBucket: { kind: "string", format: BUCKET, whenOmitted: "none, no access logs", input: true },
    accessLogsPrefix: {
      kind: "string",
      format: LOG_PREFIX,
      whenOmitted: "none, the logs begin with `AWSLogs/`",
      input: true,
    },
    webAclArn: { kind: "string", format: WEB_ACL_ARN, whenOmitted: "none", input: true },
    ipAddressType: { kind: "enum", values: Object.values(IpAddressType), default: IpAddressType.Ipv4 },
    securityGroupIds: securityGroupList("one is created"),
    additionalCertificateArns: {
      kind: "list",
      items: { kind: "string", format: CERTIFICATE_ARN, input: true },
      requirement: {
        allowed: `at most ${MAX_ADDITIONAL_CERTIFICATES} ARNs of certificates`,
        holds: ({ length }) => length <= MAX_ADDITIONAL_CERTIFICATES,
      },
      check: (arns, key) => [duplicateIssue(key, arns)],
      whenOmitted: "none",
    },
    sslPolicy: {
      kind: "string",
      format: SSL_POLICY,
      default: "ELBSecurityPolicy-TLS13-1-2-2021-06",
      input: true,
    },
    tags: tagsSpec(),
  },
  checks: [
    {
      reads: ["certificateArn", "domainName", "hostedZoneId", "allowPlainHttp"],
      check: (args) => encryptionIssues(args),
    },
    {
      reads: ["certificateArn", "domainName", "hostedZoneId", "allowPlainHttp"],
      check: ({ certificateArn, domainName, hostedZoneId, allowPlainHttp }) => {
        const isRequested = certificateArn === undefined && hostedZoneId !== undefined && !allowPlainHttp;
        return isRequested ? [requirementIssue("domainName", domainName, CERTIFICATE_DOMAIN)] : [];
      },
    },
    {
      reads: ["accessLogsBucket", "accessLogsPrefix", "securityGroupIds", "allowedCidrs", "openEgress"],
      check: ({ accessLogsBucket, accessLogsPrefix, securityGroupIds, allowedCidrs, openEgress }) => [
        accessLogsBucket === undefined
          ? omittedIssue("accessLogsPrefix", accessLogsPrefix, "without accessLogsBucket")
          : undefined,
        securityGroupIds === undefined
          ? undefined
          : omittedIssue("allowedCidrs", allowedCidrs, "with securityGroupIds (their rules are yours)"),
        securityGroupIds === undefined
          ? undefined
          : omittedIssue("openEgress", openEgress, "with securityGroupIds (their rules are yours)"),
      ],
    },
    {
      reads: ["allowedCidrs", "ipAddressType"],
      check: ({ allowedCidrs = [], ipAddressType = IpAddressType.Ipv4 }) =>
        ipAddressType === IpAddressType.Dualstack
          ? []
          : allowedCidrs.map((cidr, index) =>
              isKnownCidr(cidr) && isIpv6Range(cidr)
                ? {
                    key: `allowedCidrs[${index}]`,
                    allowed: "an IPv4 range, because ipAddressType is ipv4",
                    got: cidr,
                    remedy: "Set ipAddressType to dualstack, or remove the range.",
                  }
                : undefined,
            ),
    },
    {
      reads: ["certificateArn", "additionalCertificateArns"],
      check: ({ certificateArn, additionalCertificateArns = [] }) =>
        isUnknown(certificateArn)
          ? []
          : additionalCertificateArns.map((arn, index) => {
              const key = `additionalCertificateArns[${index}]`;
              const allowed = "another certificate than certificateArn";
              return (
                distinctIssue(key, arn, certificateArn, allowed) ??
                placeIssue(key, arn, certificateArn, { isOwn: true })
              );
            }),
    },
    {
      reads: ["allowPlainHttp", "additionalCertificateArns", "sslPolicy"],
      check: ({ allowPlainHttp, additionalCertificateArns, sslPolicy }) =>
        allowPlainHttp
          ? [
              omittedIssue("additionalCertificateArns", additionalCertificateArns, "with allowPlainHttp"),
              omittedIssue("sslPolicy", sslPolicy, "with allowPlainHttp"),
            ]
          : [],
    },
  ],
} as const satisfies ComponentSpec<LoadBalancerArgs>;

function rangeIssue(key: string, cidr: string) {
  return isIpv6Range(cidr) ? ipv6RangeIssue(key, cidr) : cidrIssue(key, cidr);
}

export function isKnownCidr(cidr: pulumi.Input<string>): cidr is string {
  return typeof cidr === "string" && !isPlaceholder(cidr);
}

function encryptionIssues({ certificateArn, domainName, hostedZoneId, allowPlainHttp }: LoadBalancerArgs) {
  const issues = [];
  const canServeHttps =
    certificateArn !== undefined || (domainName !== undefined && hostedZoneId !== undefined);
  if (!canServeHttps && !allowPlainHttp) {
    issues.push({
      key: "certificateArn",
      allowed: "the ARN of a certificate, unless domainName and hostedZoneId request one",
      got: certificateArn,
      remedy: "Give one of them, or set allowPlainHttp to true to serve without encryption.",
    });
  }
  if (certificateArn !== undefined && allowPlainHttp) {
    const remedy = "Remove one of the two.";
    issues.push({ key: "allowPlainHttp", allowed: "false with a certificate", got: allowPlainHttp, remedy });
  }
  if (hostedZoneId !== undefined && domainName === undefined) {
    const remedy = "Give domainName, or remove hostedZoneId.";
    issues.push({ key: "hostedZoneId", allowed: "omitted without domainName", got: hostedZoneId, remedy });
  }
  return issues;
}
