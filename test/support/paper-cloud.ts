import { createHash } from "node:crypto";
import type {
  Provider,
  ProviderCreateResult,
  ProviderDiffResult,
  ProviderInvokeResult,
  ProviderUpdateResult,
} from "../../engine/deploy/provider";
import { parseUrn, typeOfUrn } from "../../engine/state/urn";

type Bag = Record<string, unknown>;

const REGION = "eu-central-1";
const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:123456789012:${rest}`;

/** Computed outputs that the program uses; different for each resource. */
const OUTPUTS: Readonly<Record<string, (name: string, inputs: Bag) => Bag>> = {
  "aws:acm/certificate:Certificate": (name, { domainName }) => ({
    arn: arn("acm", `certificate/${name}`),
    domainValidationOptions: [
      {
        domainName,
        resourceRecordName: `_proof.${String(domainName)}.`,
        resourceRecordType: "CNAME",
        resourceRecordValue: "_value.acm-validations.aws.",
      },
    ],
  }),
  "aws:cloudwatch/logGroup:LogGroup": (name) => ({ arn: arn("logs", `log-group:${name}`) }),
  "aws:ec2/eip:Eip": (name) => ({ allocationId: `eipalloc-${name}`, publicIp: "203.0.113.1" }),
  "aws:ec2/vpc:Vpc": (_name, { assignGeneratedIpv6CidrBlock }) =>
    assignGeneratedIpv6CidrBlock ? { ipv6CidrBlock: "2001:db8:0:aa00::/56" } : {},
  "aws:ec2/launchTemplate:LaunchTemplate": () => ({ latestVersion: 1 }),
  "aws:iam/instanceProfile:InstanceProfile": (name) => ({ arn: arn("iam", `instance-profile/${name}`) }),
  "aws:iam/role:Role": (name) => ({ arn: arn("iam", `role/${name}`) }),
  "aws:lambda/function:Function": () => ({ version: "1" }),
  "aws:lambda/invocation:Invocation": () => ({ result: "{}" }),
  "aws:lb/listener:Listener": (name) => ({ arn: arn("elasticloadbalancing", `listener/app/${name}`) }),
  "aws:lb/listenerRule:ListenerRule": (name) => ({
    arn: arn(
      "elasticloadbalancing",
      `listener-rule/app/${name}/0123456789abcdef/fedcba9876543210/0a1b2c3d4e5f6071`,
    ),
  }),
  "aws:lb/loadBalancer:LoadBalancer": (name) => ({
    arn: arn("elasticloadbalancing", `loadbalancer/app/${name}`),
    arnSuffix: `app/${name}`,
    dnsName: `${name}.elb.example`,
    zoneId: "Z215JYRZR1TBD5",
  }),
  "aws:lb/targetGroup:TargetGroup": (name) => ({
    arn: arn("elasticloadbalancing", `targetgroup/${name}`),
    arnSuffix: `targetgroup/${name}`,
  }),
  "aws:rds/instance:Instance": (name) => ({ address: `${name}.rds.example`, port: 5432 }),
  "aws:route53/record:Record": (_name, inputs) => ({ fqdn: inputs.name }),
  "aws:s3/bucket:Bucket": (name) => ({ arn: `arn:aws:s3:::${name}` }),
  "aws:secretsmanager/secret:Secret": (name) => ({
    arn: arn("secretsmanager", `secret:${PaperCloud.idOf("aws:secretsmanager/secret:Secret", name)}`),
  }),
  "aws:secretsmanager/secretVersion:SecretVersion": (_name, { secretId, secretString }) => ({
    arn: arn("secretsmanager", `secret:${String(secretId)}`),
    versionId: createHash("sha256").update(String(secretString)).digest("hex").slice(0, 12),
  }),
  "random:index/randomId:RandomId": (name) => ({ hex: Buffer.from(name).toString("hex").slice(-8) }),
  "random:index/randomPassword:RandomPassword": (name, { keepers = {} }) => ({
    result: passwordOf([name, ...Object.values(keepers as Bag)].join(" ")),
  }),
};

/** The input with the name of a resource, if Pulumi generates the name. */
const NAMED_BY: Readonly<Record<string, string>> = {
  "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
  "aws:rds/instance:Instance": "identifier",
  "aws:s3/bucket:Bucket": "bucket",
};
const NAMED =
  /^aws:(autoscaling|cloudwatch|iam|lambda|lb|rds|ec2\/launchTemplate|ec2\/securityGroup|secretsmanager)/;

/** Inputs whose change replaces a resource of the real provider, as far as tests need them. */
const REPLACED_BY: Readonly<Record<string, readonly string[]>> = {
  "aws:autoscaling/policy:Policy": ["autoscalingGroupName"],
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": ["alarmName"],
  "aws:ec2/subnet:Subnet": ["availabilityZone", "cidrBlock", "vpcId"],
  "aws:lambda/invocation:Invocation": ["functionName", "input", "qualifier", "triggers"],
  "aws:lb/listenerRule:ListenerRule": ["listenerArn"],
  "aws:secretsmanager/secretVersion:SecretVersion": ["secretId", "secretString"],
  "random:index/randomPassword:RandomPassword": ["keepers"],
};

/** The generated secret of a resource of this name. */
export function passwordOf(name: string): string {
  return `hidden${Buffer.from(name).toString("hex")}`.padEnd(40, "0");
}

/** As long as Pulumi's random suffix: a hyphen and seven digits. */
export const AUTO_NAME_SUFFIX = "-1a2b3c4";

/** Not the usual partition, so that a hard-coded one shows. */
export const PARTITION = "aws-cn";

/**
 * A provider that records changes and returns computed outputs as AWS would. Outputs are a function of the resource, so
 * that evaluations can be compared.
 */
export class PaperCloud implements Provider {
  /** Changes in their order, as "create aws:lb/listenerRule:ListenerRule dev-web-blue". */
  readonly changes: string[] = [];
  /** Arguments of data sources, by token. */
  readonly asked: Record<string, Bag> = {};
  zones = ["a", "b", "c"].map((zone) => REGION + zone);
  image = "ami-0123456789abcdef0";
  /** Port and load balancer by listener: AWS allows one listener for each port. */
  private readonly ports = new Map<string, string>();
  /** Inputs of the load balancers, listeners and rules that exist, by ARN. Tests change them as another writer. */
  readonly balancing = new Map<string, Bag>();
  /** Resources whose changes fail, as "aws:lb/listenerRule:ListenerRule dev-web-blue". */
  readonly failing = new Set<string>();
  /** Number of Auto Scaling Groups so far, by URN. */
  private readonly groups = new Map<string, number>();

  static idOf(type: string, name: string): string {
    return `${type.split(":").at(-1)}:${name}`;
  }

  async check(urn: string, olds: Bag, news: Bag) {
    const { type, name } = this.parts(urn);
    const key = NAMED_BY[type] ?? (NAMED.test(type) ? "name" : undefined);
    if (key === undefined || key in news || "alarmName" in news || "dashboardName" in news)
      return { inputs: news };
    // A replacement exists beside the old group, so it has another name.
    const made = type === "aws:autoscaling/group:Group" ? (this.groups.get(urn) ?? 0) : 0;
    if (olds[key] === undefined) this.groups.set(urn, made + 1);
    const fresh = name + (made === 0 ? AUTO_NAME_SUFFIX : `-${String(made).padStart(7, "0")}`);
    return { inputs: { ...news, [key]: olds[key] ?? fresh } };
  }

  async diff(_id: string, urn: string, olds: Bag, news: Bag): Promise<ProviderDiffResult> {
    const { type } = this.parts(urn);
    const changed = Object.keys({ ...olds, ...news }).filter(
      (key) => key in news && JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
    );
    const unknowns = type === "aws:ec2/launchTemplate:LaunchTemplate" ? ["latestVersion"] : [];
    return {
      changes: changed.length > 0,
      replaces: changed.filter((key) => REPLACED_BY[type]?.includes(key)),
      unknowns,
    };
  }

  async create(urn: string, inputs: Bag): Promise<ProviderCreateResult> {
    const { type, name } = this.record("create", urn);
    const id = PaperCloud.idOf(type, name);
    if (type === "aws:lb/listener:Listener") this.claimPort(id, inputs);
    const outs = outputsOf(type, name, inputs);
    this.balance(type, outs);
    return { id, outs };
  }

  async update(_id: string, urn: string, olds: Bag, news: Bag): Promise<ProviderUpdateResult> {
    const { type, name } = this.record("update", urn);
    const outs = outputsOf(type, name, news);
    if (type === "aws:ec2/launchTemplate:LaunchTemplate") outs.latestVersion = Number(olds.latestVersion) + 1;
    // The provider sends the actions of a rule only if they changed in the program.
    const hasActions = JSON.stringify(olds.actions) === JSON.stringify(news.actions);
    const { actions } = this.balancing.get(String(outs.arn)) ?? outs;
    this.balance(type, hasActions ? { ...outs, actions } : outs);
    return { outs };
  }

  async delete(id: string, urn: string): Promise<void> {
    this.record("delete", urn);
    this.ports.delete(id);
  }

  async invoke(token: string, args: Bag): Promise<ProviderInvokeResult> {
    this.asked[token] = args;
    if (token === "aws:index/getRegion:getRegion") return { outputs: { id: REGION, region: REGION } };
    if (token === "aws:index/getAvailabilityZones:getAvailabilityZones")
      return { outputs: { id: REGION, names: this.zones } };
    if (token === "aws:index/getPartition:getPartition") return { outputs: { partition: PARTITION } };
    if (token === "aws:index/getCallerIdentity:getCallerIdentity")
      return { outputs: { accountId: "123456789012" } };
    if (token === "aws:ssm/getParameter:getParameter")
      return { outputs: { id: args.name, insecureValue: this.image } };
    const lookedUp = this.lookUpBalancing(token, args);
    if (lookedUp !== undefined) return { outputs: lookedUp };
    throw new Error(`The paper cloud has no data source ${token}.`);
  }

  private balance(type: string, outs: Bag): void {
    if (/^aws:lb\/(loadBalancer|listener|listenerRule):/.test(type))
      this.balancing.set(String(outs.arn), { ...outs, type });
  }

  private lookUpBalancing(token: string, args: Bag): Bag | undefined {
    const all = [...this.balancing.values()];
    const one = (kind: string, keys: readonly string[]) => {
      const given = keys.filter((key) => args[key] !== undefined);
      const found = all.find((each) => each.type === kind && given.every((key) => each[key] === args[key]));
      if (found === undefined) throw new Error(`${kind} NotFound: couldn't find resource`);
      return found;
    };
    if (token === "aws:lb/getLbs:getLbs") {
      const tags = Object.entries((args.tags ?? {}) as Bag);
      const balancers = all.filter(({ type }) => type === "aws:lb/loadBalancer:LoadBalancer");
      const matching = balancers.filter((each) =>
        tags.every(([key, value]) => (each.tags as Bag | undefined)?.[key] === value),
      );
      return { id: REGION, arns: matching.map(({ arn: of }) => of) };
    }
    if (token === "aws:lb/getListener:getListener")
      return one("aws:lb/listener:Listener", ["arn", "loadBalancerArn", "port"]);
    if (token !== "aws:lb/getListenerRule:getListenerRule") return undefined;
    const rule = one("aws:lb/listenerRule:ListenerRule", ["arn", "listenerArn", "priority"]);
    const actions = (rule.actions as { type: string; forward?: Bag }[]).map(({ type, forward }) => ({
      type,
      forwards: forward === undefined ? [] : [forward],
    }));
    return {
      arn: rule.arn,
      listenerArn: rule.listenerArn,
      priority: rule.priority,
      tags: rule.tags,
      actions,
    };
  }

  private claimPort(id: string, { loadBalancerArn, port }: Bag): void {
    const place = `port ${String(port)} of ${String(loadBalancerArn)}`;
    if ([...this.ports.values()].includes(place))
      throw new Error(`DuplicateListener: a listener already exists on ${place}`);
    this.ports.set(id, place);
  }

  private record(operation: string, urn: string) {
    const parts = this.parts(urn);
    const resource = `${parts.type} ${parts.name}`;
    if (this.failing.has(resource)) throw new Error(`The paper cloud rejects ${resource}.`);
    this.changes.push(`${operation} ${resource}`);
    return parts;
  }

  private parts(urn: string): { type: string; name: string } {
    return { type: typeOfUrn(urn), name: parseUrn(urn).name };
  }
}

/** Inputs and computed outputs of a resource. */
export function outputsOf(type: string, name: string, inputs: Bag): Bag {
  return { ...inputs, ...OUTPUTS[type]?.(name, inputs) };
}
