import * as ec2 from "@pulumi/aws/ec2";
import * as lb from "@pulumi/aws/lb";
import * as route53 from "@pulumi/aws/route53";
import * as vpc from "@pulumi/aws/vpc";
import * as wafv2 from "@pulumi/aws/wafv2";
import * as pulumi from "@pulumi/pulumi";
import { isIpv6Range } from "../network/ipv6-range";
import { withTags } from "../tags/resource-tags";
import { LOAD_BALANCING_NAME_LENGTH, shortName } from "../validation/names";
import { inOwnRegion } from "../validation/provider-region";
import { validateArgs, type WithDefaults } from "../validation/validate-args";
import { Certificate } from "./certificate";
import { IpAddressType, isKnownCidr, type LoadBalancerArgs, loadBalancerSpec } from "./load-balancer-args";

type LoadBalancerSettings = WithDefaults<LoadBalancerArgs, typeof loadBalancerSpec>;

/**
 * Headers of all responses of the HTTPS listener. They replace headers of the same name from the targets.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html
 */
const SECURITY_HEADERS = {
  routingHttpResponseStrictTransportSecurityHeaderValue: "max-age=31536000",
  routingHttpResponseXContentTypeOptionsHeaderValue: "nosniff",
};

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
  /** The hosted zone of the DNS name from AWS, for an alias record. */
  public readonly zoneId: pulumi.Output<string>;
  /** The security group of the load balancer, which fleets admit. */
  public readonly securityGroupId: pulumi.Output<string>;
  /** The port of the listener: 443 or 80. */
  public readonly port: number;

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    const settings = validateArgs(LoadBalancer, name, args, opts);
    super("changeover:index:LoadBalancer", name, args, opts);
    const { protect } = settings;
    const certificateArn = this.certificate(name, args);
    this.port = certificateArn ? 443 : 80;

    const securityGroups = args.securityGroupIds ?? [this.securityGroup(name, settings).id];
    const balancer = new lb.LoadBalancer(
      shortName(name, LOAD_BALANCING_NAME_LENGTH),
      {
        loadBalancerType: "application",
        internal: settings.internal,
        subnets: args.subnetIds,
        securityGroups,
        // Left out for IPv4, which is AWS's default.
        ipAddressType: settings.ipAddressType === IpAddressType.Ipv4 ? undefined : settings.ipAddressType,
        idleTimeout: settings.idleTimeoutSeconds,
        dropInvalidHeaderFields: true,
        enableDeletionProtection: protect,
        accessLogs: args.accessLogsBucket
          ? { bucket: args.accessLogsBucket, prefix: args.accessLogsPrefix, enabled: true }
          : undefined,
        tags: withTags(args.tags, { name }),
      },
      { parent: this, protect },
    );
    const listener = this.listeners(name, settings, balancer.arn, certificateArn);
    this.alias(name, settings, balancer);
    if (args.webAclArn !== undefined) {
      const webAclArn = this.own(name, "webAclArn", args.webAclArn);
      const association = { resourceArn: balancer.arn, webAclArn };
      new wafv2.WebAclAssociation(name, association, { parent: this });
    }

    this.arn = balancer.arn;
    this.arnSuffix = balancer.arnSuffix;
    this.dnsName = balancer.dnsName;
    this.listenerArn = listener.arn;
    this.zoneId = balancer.zoneId;
    this.securityGroupId = pulumi.output(securityGroups).apply(([first]) => first as string);
    const scheme = certificateArn ? "https" : "http";
    this.ownUrl = pulumi.interpolate`${scheme}://${balancer.dnsName}`;
    this.url = pulumi.interpolate`${scheme}://${args.domainName ?? balancer.dnsName}`;
    this.registerOutputs({
      arn: this.arn,
      dnsName: this.dnsName,
      zoneId: this.zoneId,
      url: this.url,
      listenerArn: this.listenerArn,
      securityGroupId: this.securityGroupId,
    });
  }

  /** The ARN, which must be one of the load balancer's region. */
  private own(name: string, key: string, arn: pulumi.Input<string>): pulumi.Output<string> {
    return inOwnRegion(`LoadBalancer "${name}"`, key, arn, { parent: this });
  }

  private certificate(name: string, args: LoadBalancerArgs): pulumi.Input<string> | undefined {
    if (args.certificateArn !== undefined) return this.own(name, "certificateArn", args.certificateArn);
    if (args.domainName === undefined || args.hostedZoneId === undefined || args.allowPlainHttp)
      return undefined;
    const { domainName, hostedZoneId, tags } = args;
    return new Certificate(name, { domainName, hostedZoneId, tags }, { parent: this }).arn;
  }

  private securityGroup(name: string, args: LoadBalancerSettings): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(
      `${name}-lb`,
      {
        vpcId: args.vpcId,
        description: `Who may call the load balancer ${name}`,
        tags: withTags(args.tags, { name: `${name}-lb` }),
      },
      { parent: this },
    );
    const isDualstack = args.ipAddressType === IpAddressType.Dualstack;
    const everyone = isDualstack ? ["0.0.0.0/0", "::/0"] : ["0.0.0.0/0"];
    const cidrs = args.allowedCidrs ?? (args.internal ? [] : everyone);
    const ports = this.port === 443 ? [443, 80] : [80];
    for (const [index, [source, range]] of bySource(cidrs).entries()) {
      for (const port of ports) {
        const former = `${name}-lb-in-${port}${index === 0 ? "" : `-${index + 1}`}`;
        new vpc.SecurityGroupIngressRule(
          `${name}-lb-in-${port}-from-${source}`,
          {
            securityGroupId: group.id,
            ...range,
            ipProtocol: "tcp",
            fromPort: port,
            toPort: port,
            description: `Clients on port ${port}`,
          },
          { parent: this, aliases: [{ name: former }] },
        );
      }
    }
    if (args.openEgress) {
      new vpc.SecurityGroupEgressRule(
        `${name}-lb-out`,
        { securityGroupId: group.id, cidrIpv4: "0.0.0.0/0", ipProtocol: "-1", description: "All traffic" },
        { parent: this },
      );
    }
    return group;
  }

  private listeners(
    name: string,
    args: LoadBalancerSettings,
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
    const https = new lb.Listener(
      `${name}-https`,
      {
        loadBalancerArn,
        port: 443,
        protocol: "HTTPS",
        certificateArn,
        sslPolicy: args.sslPolicy,
        ...SECURITY_HEADERS,
        defaultActions: [FIXED_503],
        tags,
      },
      opts,
    );
    for (const [index, additionalArn] of (args.additionalCertificateArns ?? []).entries()) {
      // Named after a plain ARN, so that a removed certificate does not move the others.
      const suffix = typeof additionalArn === "string" ? additionalArn.split("/").at(-1) : index + 1;
      new lb.ListenerCertificate(
        `${name}-https-${suffix}`,
        {
          listenerArn: https.arn,
          certificateArn: this.own(name, `additionalCertificateArns[${index}]`, additionalArn),
        },
        { parent: this },
      );
    }
    return https;
  }

  private alias(name: string, args: LoadBalancerSettings, balancer: lb.LoadBalancer): void {
    if (args.domainName === undefined || args.hostedZoneId === undefined) return;
    const alias = { name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: false };
    const record = { zoneId: args.hostedZoneId, name: args.domainName, aliases: [alias] };
    new route53.Record(`${name}-alias`, { ...record, type: "A" }, { parent: this });
    if (args.ipAddressType !== IpAddressType.Dualstack) return;
    new route53.Record(`${name}-alias-ipv6`, { ...record, type: "AAAA" }, { parent: this });
  }
}

/**
 * Pairs each range with the suffix of its rules' names. The suffix of a plain range is the range itself: under a new
 * name, Pulumi would create a second rule for the same range before it deletes the first, which AWS rejects.
 */
function bySource(cidrs: readonly pulumi.Input<string>[]): [source: string, range: AddressRange][] {
  let outputs = 0;
  return cidrs.map((cidr) => {
    if (!isKnownCidr(cidr)) return [`output-${++outputs}`, { cidrIpv4: cidr }];
    return [cidr.replace(/[./:]/g, "-"), isIpv6Range(cidr) ? { cidrIpv6: cidr } : { cidrIpv4: cidr }];
  });
}

type AddressRange = { readonly cidrIpv4: pulumi.Input<string> } | { readonly cidrIpv6: string };
