import * as ec2 from "@pulumi/aws/ec2";
import * as lb from "@pulumi/aws/lb";
import * as route53 from "@pulumi/aws/route53";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { parseCidr } from "../network/address-plan";
import {
  check,
  checkEachOnce,
  checkWhole,
  InvalidArgumentError,
  isStandIn,
} from "../validation/invalid-argument";
import { checkName, LOAD_BALANCER } from "../validation/names";
import {
  BUCKET_NAME,
  CERTIFICATE_ARN,
  CERTIFICATE_DOMAIN,
  DOMAIN_NAME,
  HOSTED_ZONE_ID,
  subnets,
  VPC_ID,
} from "../validation/rules";
import { checkShape } from "../validation/shape";
import { checkTags, withTags } from "../validation/tags";
import { Certificate } from "./certificate";

export interface LoadBalancerArgs {
  /** The VPC that the subnets belong to. */
  vpcId: pulumi.Input<string>;
  /** Two subnets or more, in different zones: public ones for the edge, private ones for an internal one. */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** True for a load balancer that only the VPC reaches. Default: false. */
  internal?: boolean;
  /**
   * An issued ACM certificate, or a server certificate of IAM, for HTTPS. Default: one is requested, see `domainName`.
   */
  certificateArn?: pulumi.Input<string>;
  /**
   * The name users call, at most 253 characters, in a requested certificate at most 64. With `hostedZoneId` and no
   * `certificateArn`, a certificate for it is requested and validated by DNS; with `hostedZoneId`, an alias record for
   * it is made. Default: none, users call AWS's own name.
   */
  domainName?: pulumi.Input<string>;
  /**
   * The Route 53 hosted zone of `domainName`, only together with it. Default: none, then its records and the
   * certificate are yours.
   */
  hostedZoneId?: pulumi.Input<string>;
  /**
   * Serve plain HTTP, with no certificate. It has to be said, because passwords and records would travel in clear. A
   * change moves all rules to the other listener; what is protected refuses that. Default: false.
   */
  allowPlainHttp?: boolean;
  /**
   * IPv4 ranges that may connect, each on its own boundary and once. The ranges may be outputs, but not the list, of
   * which each has rules of its own; outputs are told apart by their order, plain ranges may change places. On a public
   * one, the gate's functions come from the NAT gateways' addresses: list these, too. Default: everywhere (`0.0.0.0/0`)
   * for a public one, nobody for an internal one: add ingress rules to `securityGroupId` for those who may.
   */
  allowedCidrs?: pulumi.Input<string>[];
  /**
   * Seconds without a byte after which a connection is closed, 1-4000. The servers behind must keep idle connections
   * longer than this, or clients see 502. Default: 60.
   */
  idleTimeoutSeconds?: number;
  /** AWS refuses to delete it, and so does Pulumi (`protect`), it and its listeners. Default: true. */
  protect?: boolean;
  /** An S3 bucket for access logs, with the policy that lets the load balancer write. Default: no access logs. */
  accessLogsBucket?: pulumi.Input<string>;
  /**
   * Tags beside the component's own, which they replace where the key is the same; at most 49. A key has 1-128
   * characters and does not begin with `aws:`, a value up to 256: letters, digits, spaces and `_.:/=+-@`.
   * Default: none.
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** What a listener answers when no rule matches, so that a half-made stack serves nobody by accident. */
const CLOSED = {
  type: "fixed-response",
  fixedResponse: {
    statusCode: "503",
    contentType: "text/plain",
    messageBody: "No release is live here.\n",
  },
};

const TO_HTTPS = {
  type: "redirect",
  redirect: { port: "443", protocol: "HTTPS", statusCode: "HTTP_301" },
};

/**
 * An Application Load Balancer whose listener answers 503 until a rule says otherwise. HTTPS with a certificate that is
 * given or requested, and HTTP redirected to it; plain HTTP only when the args say so.
 *
 * ```ts
 * const edge = new LoadBalancer("edge", {
 *   vpcId: network.vpcId,
 *   subnetIds: network.publicSubnetIds,
 *   domainName: "records.example.com",
 *   hostedZoneId: "Z0123456789ABC",
 * });
 * ```
 * @throws InvalidArgumentError when neither a certificate nor `allowPlainHttp` is given, or both are, and for an arg that
 * AWS would refuse, before anything is declared.
 */
export class LoadBalancer extends pulumi.ComponentResource {
  /** The load balancer. */
  public readonly arn: pulumi.Output<string>;
  /** As CloudWatch names it in the dimension `LoadBalancer`. */
  public readonly arnSuffix: pulumi.Output<string>;
  /** AWS's own name for it, which always works. */
  public readonly dnsName: pulumi.Output<string>;
  /** Where to call it: the domain name if there is one, with the scheme. */
  public readonly url: pulumi.Output<string>;
  /** The same by AWS's own name, which leads here before the domain name does. */
  public readonly ownUrl: pulumi.Output<string>;
  /** The listener that serves; rules go here. */
  public readonly listenerArn: pulumi.Output<string>;
  /** Its security group; the fleets behind it admit this group. */
  public readonly securityGroupId: pulumi.Output<string>;
  /** The port of the serving listener: 443 or 80. */
  public readonly port: number;

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArgs(name, args);
    super("changeover:index:LoadBalancer", name, args, opts);
    const protect = args.protect ?? true;
    const certificateArn = this.certificate(name, args);
    this.port = certificateArn ? 443 : 80;

    const group = this.securityGroup(name, args);
    const balancer = new lb.LoadBalancer(
      name,
      {
        loadBalancerType: "application",
        internal: args.internal ?? false,
        subnets: args.subnetIds,
        securityGroups: [group.id],
        idleTimeout: args.idleTimeoutSeconds ?? 60,
        dropInvalidHeaderFields: true,
        enableDeletionProtection: protect,
        accessLogs: args.accessLogsBucket ? { bucket: args.accessLogsBucket, enabled: true } : undefined,
        tags: withTags(args.tags, { name }),
      },
      { parent: this, protect },
    );
    const listener = this.listeners(name, args, balancer.arn, certificateArn);
    this.alias(name, args, balancer);

    this.arn = balancer.arn;
    this.arnSuffix = balancer.arnSuffix;
    this.dnsName = balancer.dnsName;
    this.listenerArn = listener.arn;
    this.securityGroupId = group.id;
    const scheme = certificateArn ? "https" : "http";
    this.ownUrl = pulumi.interpolate`${scheme}://${balancer.dnsName}`;
    this.url = pulumi.interpolate`${scheme}://${args.domainName ?? balancer.dnsName}`;
    this.registerOutputs({
      arn: this.arn,
      dnsName: this.dnsName,
      url: this.url,
      listenerArn: this.listenerArn,
      securityGroupId: this.securityGroupId,
    });
  }

  private certificate(name: string, args: LoadBalancerArgs): pulumi.Input<string> | undefined {
    if (args.certificateArn !== undefined) return args.certificateArn;
    if (args.domainName === undefined || args.hostedZoneId === undefined || args.allowPlainHttp)
      return undefined;
    const { domainName, hostedZoneId, tags } = args;
    return new Certificate(name, { domainName, hostedZoneId, tags }, { parent: this }).arn;
  }

  private securityGroup(name: string, args: LoadBalancerArgs): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(
      `${name}-lb`,
      {
        vpcId: args.vpcId,
        description: `Who may call the load balancer ${name}`,
        tags: withTags(args.tags, { name: `${name}-lb` }),
      },
      { parent: this },
    );
    const cidrs = args.allowedCidrs ?? (args.internal ? [] : ["0.0.0.0/0"]);
    const ports = this.port === 443 ? [443, 80] : [80];
    for (const [index, [source, cidrIpv4]] of bySource(cidrs).entries()) {
      for (const port of ports) {
        const former = `${name}-lb-in-${port}${index === 0 ? "" : `-${index + 1}`}`;
        new vpc.SecurityGroupIngressRule(
          `${name}-lb-in-${port}-from-${source}`,
          { securityGroupId: group.id, cidrIpv4, ipProtocol: "tcp", fromPort: port, toPort: port },
          { parent: this, aliases: [{ name: former }] },
        );
      }
    }
    new vpc.SecurityGroupEgressRule(
      `${name}-lb-out`,
      { securityGroupId: group.id, cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" },
      { parent: this },
    );
    return group;
  }

  private listeners(
    name: string,
    args: LoadBalancerArgs,
    loadBalancerArn: pulumi.Output<string>,
    certificateArn: pulumi.Input<string> | undefined,
  ): lb.Listener {
    const opts = { parent: this, protect: args.protect ?? true };
    const tags = withTags(args.tags, { name });
    // One, whatever it answers: a port has one listener, and Pulumi makes the new before it deletes the old.
    const plain = new lb.Listener(
      `${name}-http`,
      {
        loadBalancerArn,
        port: 80,
        protocol: "HTTP",
        defaultActions: [certificateArn === undefined ? CLOSED : TO_HTTPS],
        tags,
      },
      { ...opts, aliases: [{ name: `${name}-redirect` }] },
    );
    if (certificateArn === undefined) return plain;
    return new lb.Listener(
      `${name}-https`,
      {
        loadBalancerArn,
        port: 443,
        protocol: "HTTPS",
        certificateArn,
        sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
        defaultActions: [CLOSED],
        tags,
      },
      opts,
    );
  }

  private alias(name: string, args: LoadBalancerArgs, balancer: lb.LoadBalancer): void {
    if (args.domainName === undefined || args.hostedZoneId === undefined) return;
    const alias = { name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: false };
    new route53.Record(
      `${name}-alias`,
      { zoneId: args.hostedZoneId, name: args.domainName, type: "A", aliases: [alias] },
      { parent: this },
    );
  }
}

/**
 * Each range with what names its rules. A range that is known names them itself: AWS takes no two rules for one range,
 * and a rule that moved to its neighbor's would be the second.
 */
function bySource(cidrs: readonly pulumi.Input<string>[]): [source: string, cidr: pulumi.Input<string>][] {
  let outputs = 0;
  return cidrs.map((cidr) => {
    return [isKnown(cidr) ? cidr.replace(/[./]/g, "-") : `output-${++outputs}`, cidr];
  });
}

function isKnown(cidr: pulumi.Input<string>): cidr is string {
  return typeof cidr === "string" && !isStandIn(cidr);
}

function checkArgs(name: string, args: LoadBalancerArgs): void {
  const what = (key: string) => `LoadBalancer "${name}": ${key}`;
  checkShape("LoadBalancer", name, args);
  checkName("LoadBalancer", name, LOAD_BALANCER);
  checkWhole(what("idleTimeoutSeconds"), args.idleTimeoutSeconds, 1, 4000);
  const canServeHttps =
    args.certificateArn !== undefined || (args.domainName !== undefined && args.hostedZoneId !== undefined);
  if (!canServeHttps && !args.allowPlainHttp) {
    throw new InvalidArgumentError({
      what: what("certificateArn"),
      got: undefined,
      allowed: "an ACM certificate, or domainName with hostedZoneId to request one",
      todo: "Give one of them, or set allowPlainHttp: true to serve without encryption.",
    });
  }
  if (args.certificateArn !== undefined && args.allowPlainHttp) {
    throw new InvalidArgumentError({
      what: what("allowPlainHttp"),
      got: true,
      allowed: "false when a certificate is given",
      todo: "Remove one of the two.",
    });
  }
  if (args.hostedZoneId !== undefined && args.domainName === undefined) {
    throw new InvalidArgumentError({
      what: what("hostedZoneId"),
      got: args.hostedZoneId,
      allowed: "nothing without domainName, the name that it would hold",
      todo: "Give domainName, or remove hostedZoneId.",
    });
  }
  const isRequested =
    args.certificateArn === undefined && args.hostedZoneId !== undefined && !args.allowPlainHttp;
  check(what("domainName"), args.domainName, isRequested ? CERTIFICATE_DOMAIN : DOMAIN_NAME);
  for (const cidr of args.allowedCidrs ?? []) if (isKnown(cidr)) parseCidr(what("allowedCidrs"), cidr);
  checkEachOnce(what("allowedCidrs"), args.allowedCidrs ?? []);
  check(what("vpcId"), args.vpcId, VPC_ID);
  check(what("subnetIds"), args.subnetIds, subnets(2));
  check(what("certificateArn"), args.certificateArn, CERTIFICATE_ARN);
  check(what("hostedZoneId"), args.hostedZoneId, HOSTED_ZONE_ID);
  check(what("accessLogsBucket"), args.accessLogsBucket, BUCKET_NAME);
  checkTags(what("tags"), args.tags);
}
