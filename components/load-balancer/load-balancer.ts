import * as ec2 from "@pulumi/aws/ec2";
import * as lb from "@pulumi/aws/lb";
import * as route53 from "@pulumi/aws/route53";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { withTags } from "../tags/resource-tags";
import { validateArgs } from "../validation/validate-args";
import { Certificate } from "./certificate";
import { isKnownCidr, type LoadBalancerArgs, loadBalancerSpec } from "./load-balancer-args";

/** The response of a listener without a matching rule. */
const FIXED_503 = {
  type: "fixed-response",
  fixedResponse: {
    statusCode: "503",
    contentType: "text/plain",
    messageBody: "No release is live here.\n",
  },
};

const REDIRECT_TO_HTTPS = {
  type: "redirect",
  redirect: { port: "443", protocol: "HTTPS", statusCode: "HTTP_301" },
};

/**
 * An Application Load Balancer that responds with 503 until a listener rule matches.
 *
 * It serves HTTPS and redirects HTTP to it. With `allowPlainHttp` it serves only plain HTTP.
 *
 * ```ts
 * const edge = new LoadBalancer("edge", {
 *   vpcId: network.vpcId,
 *   subnetIds: network.publicSubnetIds,
 *   domainName: "records.example.com",
 *   hostedZoneId: "Z0123456789ABC",
 * });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args, also if there is neither a certificate nor
 * `allowPlainHttp`.
 */
export class LoadBalancer extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = loadBalancerSpec;

  /** The ARN of the load balancer. */
  public readonly arn: pulumi.Output<string>;
  /** The `LoadBalancer` dimension of the load balancer in CloudWatch. */
  public readonly arnSuffix: pulumi.Output<string>;
  /** The DNS name from AWS. */
  public readonly dnsName: pulumi.Output<string>;
  /** The URL with the domain name or, if there is none, with the DNS name from AWS. */
  public readonly url: pulumi.Output<string>;
  /** The URL with the DNS name from AWS, which works before the domain name resolves. */
  public readonly ownUrl: pulumi.Output<string>;
  /** The HTTPS listener, or the HTTP listener with `allowPlainHttp`. */
  public readonly listenerArn: pulumi.Output<string>;
  /** The security group of the load balancer. */
  public readonly securityGroupId: pulumi.Output<string>;
  /** The port of the listener: 443 or 80. */
  public readonly port: number;

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    const settings = validateArgs(LoadBalancer, name, args);
    super("changeover:index:LoadBalancer", name, args, opts);
    const { protect } = settings;
    const certificateArn = this.certificate(name, args);
    this.port = certificateArn ? 443 : 80;

    const group = this.securityGroup(name, args);
    const balancer = new lb.LoadBalancer(
      name,
      {
        loadBalancerType: "application",
        internal: settings.internal,
        subnets: args.subnetIds,
        securityGroups: [group.id],
        idleTimeout: settings.idleTimeoutSeconds,
        dropInvalidHeaderFields: true,
        enableDeletionProtection: protect,
        accessLogs: args.accessLogsBucket ? { bucket: args.accessLogsBucket, enabled: true } : undefined,
        tags: withTags(args.tags, { name }),
      },
      { parent: this, protect },
    );
    const listener = this.listeners(name, settings, balancer.arn, certificateArn);
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
    args: LoadBalancerArgs & { readonly protect: boolean },
    loadBalancerArn: pulumi.Output<string>,
    certificateArn: pulumi.Input<string> | undefined,
  ): lb.Listener {
    const opts = { parent: this, protect: args.protect };
    const tags = withTags(args.tags, { name });
    // The redirect and plain HTTP share one resource: a port has only one listener, and Pulumi would create the new
    // listener before it deletes the old one.
    const http = new lb.Listener(
      `${name}-http`,
      {
        loadBalancerArn,
        port: 80,
        protocol: "HTTP",
        defaultActions: [certificateArn === undefined ? FIXED_503 : REDIRECT_TO_HTTPS],
        tags,
      },
      { ...opts, aliases: [{ name: `${name}-redirect` }] },
    );
    if (certificateArn === undefined) return http;
    return new lb.Listener(
      `${name}-https`,
      {
        loadBalancerArn,
        port: 443,
        protocol: "HTTPS",
        certificateArn,
        sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
        defaultActions: [FIXED_503],
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
 * Pairs each range with the suffix of its rules' names. The suffix of a plain range is the range itself: under a new
 * name, Pulumi would create a second rule for the same range before it deletes the first, which AWS rejects.
 */
function bySource(cidrs: readonly pulumi.Input<string>[]): [source: string, cidr: pulumi.Input<string>][] {
  let outputs = 0;
  return cidrs.map((cidr) => {
    return [isKnownCidr(cidr) ? cidr.replace(/[./]/g, "-") : `output-${++outputs}`, cidr];
  });
}
