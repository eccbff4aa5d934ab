import schemas from "./replacements.json";

/**
 * Inputs that a provider cannot change in place, by resource type: what a preview without a cloud calls a replacement, and
 * what the one-machine cloud replaces. An npm package does not say it.
 *
 * Source: `replacements.json`, read from the resource schemas of the Terraform AWS provider 6.58.0, which Pulumi's provider
 * bridges under other names; every name is one of `@pulumi/aws` 7.48. A type that is newer than 6.58.0 is not in it. Paths
 * are in Pulumi's notation, with `[]` for any item of a list.
 * - `replaced`: `ForceNew`, and `RequiresReplace` in the plugin framework (`RequiresReplaceIfConfigured`, too). What is
 *   within such an input replaces as well. A type of which no input replaces has an empty text.
 * - `lasting`: blocks that cannot come or go. `ForceNew` of a block is about how many there are, not about what is in them;
 *   and what comes with a required input that replaces, replaces.
 * - `perhaps`: what code decides (`CustomizeDiff`, `RequiresReplaceIf`), and inputs that are newer than 6.58.0.
 *
 * Here stands what no schema says. Where code decides by the values, the case that replaces counts, if it is the usual one:
 * a warning too many is read, a replacement that nobody announced is not.
 */
export const REPLACED_BY: Readonly<Record<string, readonly string[] | "every input">> = {
  // Of an imported certificate they follow from its body.
  "aws:acm/certificate:Certificate": ["domainName", "subjectAlternativeNames"],
  // Unless `ipv6AddressCount` changes too.
  "aws:ec2/instance:Instance": ["ipv6Addresses"],
  // Of a private one; a public one has none.
  "aws:ec2/natGateway:NatGateway": ["secondaryPrivateIpAddressCount"],
  // If addresses were assigned from it on creation.
  "aws:ec2/subnet:Subnet": ["ipv6CidrBlock"],
  // A tenancy goes back to `default` in place.
  "aws:ec2/vpc:Vpc": ["instanceTenancy"],
  // Of every kind but `Interface`.
  "aws:ec2/vpcEndpoint:VpcEndpoint": ["privateDnsEnabled"],
  // As CREATE_ONLY, which is the default: a run is not undone, it is done again.
  "aws:lambda/invocation:Invocation": ["input"],
  // Which one was in use decides the code; that a secret's version has another value means another version.
  "aws:secretsmanager/secretVersion:SecretVersion": ["secretString", "secretStringWoVersion"],
  "random:index/randomId:RandomId": "every input",
  "random:index/randomPassword:RandomPassword": "every input",
  "random:index/randomPet:RandomPet": "every input",
  "random:index/randomString:RandomString": "every input",
  "random:index/randomUuid:RandomUuid": "every input",
};

/** Inputs of which a new value is an update, but which cannot come or go, by code: such as a rule's kind of source. */
export const FOR_LIFE: Readonly<Record<string, readonly string[]>> = {
  "aws:cognito/userPoolDomain:UserPoolDomain": ["certificateArn"],
  "aws:ec2/natGateway:NatGateway": ["availabilityZoneAddresses"],
  "aws:lambda/function:Function": ["durableConfig"],
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": sources(),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": sources(),
};

function sources(): readonly string[] {
  return ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];
}

type ByName = Readonly<Record<string, unknown>>;

/**
 * What counts where a program says nothing, of inputs that replace: a program that begins or ceases to say it changes
 * nothing. By the schemas' defaults, and by the APIs' of what they compute.
 */
export const DEFAULTS: Readonly<Record<string, Readonly<Record<string, string | boolean>>>> = {
  "aws:alb/loadBalancer:LoadBalancer": { internal: false, loadBalancerType: "application" },
  "aws:alb/targetGroup:TargetGroup": { targetType: "instance" },
  "aws:cloudfront/distribution:Distribution": { staging: false },
  "aws:ec2/natGateway:NatGateway": { connectivityType: "public" },
  "aws:ec2/vpc:Vpc": { instanceTenancy: "default" },
  "aws:ecs/service:Service": { schedulingStrategy: "REPLICA" },
  "aws:elb/loadBalancer:LoadBalancer": { internal: false },
  "aws:iam/policy:Policy": { path: "/" },
  "aws:iam/role:Role": { path: "/" },
  "aws:kms/key:Key": { customerMasterKeySpec: "SYMMETRIC_DEFAULT", keyUsage: "ENCRYPT_DECRYPT" },
  "aws:lambda/function:Function": { packageType: "Zip" },
  "aws:lb/loadBalancer:LoadBalancer": { internal: false, loadBalancerType: "application" },
  "aws:lb/targetGroup:TargetGroup": { targetType: "instance" },
  "aws:rds/cluster:Cluster": { engineMode: "provisioned" },
  "aws:rds/instance:Instance": { storageEncrypted: false },
  "aws:sns/topic:Topic": { fifoTopic: false },
  "aws:sqs/queue:Queue": { fifoQueue: false },
};

const OF_TARGET_GROUP = ["ipAddressType", "protocolVersion"];

/**
 * Inputs of which another value replaces, and of which a resource keeps the one that it has when a program no longer says
 * it: `Optional` and `Computed` in the schemas. Of types that hold data, and of networks and target groups. Names are none
 * of them: Pulumi makes up another one.
 */
export const KEPT: Readonly<Record<string, readonly string[]>> = {
  "aws:alb/targetGroup:TargetGroup": OF_TARGET_GROUP,
  "aws:docdb/cluster:Cluster": ["availabilityZones", "dbSubnetGroupName", "kmsKeyId", "masterUsername"],
  "aws:ebs/volume:Volume": ["encrypted", "kmsKeyId", "snapshotId"],
  "aws:ec2/subnet:Subnet": ["availabilityZone", "availabilityZoneId", "cidrBlock"],
  "aws:ec2/vpc:Vpc": ["cidrBlock"],
  "aws:efs/fileSystem:FileSystem": ["availabilityZoneName", "encrypted", "kmsKeyId", "performanceMode"],
  "aws:elasticache/cluster:Cluster": [
    ...["availabilityZone", "engine", "networkType", "port", "preferredOutpostArn", "replicationGroupId"],
    ...["subnetGroupName", "transitEncryptionEnabled"],
  ],
  "aws:elasticache/replicationGroup:ReplicationGroup": [
    ...["atRestEncryptionEnabled", "dataTieringEnabled", "globalReplicationGroupId", "networkType"],
    ...["securityGroupNames", "subnetGroupName"],
  ],
  "aws:lb/targetGroup:TargetGroup": OF_TARGET_GROUP,
  "aws:neptune/cluster:Cluster": ["availabilityZones", "kmsKeyArn", "neptuneSubnetGroupName"],
  "aws:rds/cluster:Cluster": [
    ...["availabilityZones", "clusterScalabilityType", "databaseName", "dbSubnetGroupName", "dbSystemId"],
    ...["kmsKeyId", "masterUsername", "storageEncrypted"],
  ],
  "aws:rds/clusterInstance:ClusterInstance": ["availabilityZone", "dbSubnetGroupName"],
  "aws:rds/instance:Instance": [
    ...["availabilityZone", "backupTarget", "characterSetName", "dbName", "engine", "kmsKeyId"],
    ...["ncharCharacterSetName", "snapshotIdentifier", "timezone", "username"],
  ],
  "aws:redshift/cluster:Cluster": ["clusterSubnetGroupName"],
  "aws:s3/bucket:Bucket": ["bucketNamespace", "objectLockEnabled"],
};

/** What happens to a property: it comes, it goes, or it gets another value. */
export type ChangeKind = "add" | "delete" | "update";

/** Whether this table tells which changes replace a resource of this type. Where not, an update may be a replacement. */
export function isTypeKnown(type: string): boolean {
  return type in REPLACED || type in REPLACED_BY;
}

/**
 * Whether an update of these properties may be a replacement, for all that this table tells.
 * @param after what the resource will be, where somebody knows.
 */
export function mayReplace(type: string, paths: readonly string[], after?: ByName): boolean {
  const perhaps = inputs(PERHAPS, type).filter(
    (input) => !isApplicationBalancer(type, after) || !OF_NETWORK.includes(input),
  );
  return !isTypeKnown(type) || paths.some((path) => perhaps.some((input) => isWithin(path, input)));
}

/**
 * Whether a change of the property at this path (Pulumi's notation) replaces a resource of this type. `value` is what comes
 * or goes, where that is known.
 */
export function forcesReplacement(type: string, path: string, kind: ChangeKind, value?: unknown): boolean {
  if (kind === "delete" && KEPT[type]?.includes(path)) return false;
  if (kind !== "update" && value !== undefined && DEFAULTS[type]?.[path] === value) return false;
  // Every regional resource has it, and lives where it says.
  if (type.startsWith("aws:") && path === "region") return true;
  const byHand = REPLACED_BY[type] ?? [];
  if (byHand === "every input") return true;
  const lasting = [...inputs(LASTING, type), ...(FOR_LIFE[type] ?? [])];
  if (kind !== "update" && lasting.some((input) => isItself(path, input))) return true;
  return [...inputs(REPLACED, type), ...byHand].some((input) => isWithin(path, input));
}

/** What code decides of a network load balancer, and lets be of one for applications. */
const OF_NETWORK = ["secondaryIpsAutoAssignedPerSubnet", "securityGroups", "subnets"];

function isApplicationBalancer(type: string, after?: ByName): boolean {
  const isBalancer = ["aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"].includes(type);
  // What it is when nothing is said.
  return isBalancer && after !== undefined && (after.loadBalancerType ?? "application") === "application";
}

/** Paths by type, with a space between two. */
type Paths = Readonly<Record<string, string>>;

const REPLACED: Paths = schemas.replaced;
const LASTING: Paths = schemas.lasting;
const PERHAPS: Paths = schemas.perhaps;

function inputs(table: Paths, type: string): readonly string[] {
  return table[type]?.split(" ").filter((path) => path !== "") ?? [];
}

function isWithin(path: string, input: string): boolean {
  const any = ofAnyItem(path);
  return any === input || any.startsWith(`${input}.`) || any.startsWith(`${input}[`);
}

/** Whether this is the input, or an item of the list that it is. */
function isItself(path: string, input: string): boolean {
  const any = ofAnyItem(path);
  return any === input || any === `${input}[]`;
}

function ofAnyItem(path: string): string {
  return path.replaceAll(/\[\d+\]/g, "[]");
}
