/**
 * Inputs that a provider cannot change in place, by resource type: what a preview without a cloud calls a replacement, and
 * what the one-machine cloud replaces. An npm package does not say it.
 *
 * Source: the resource schemas of the Terraform AWS provider 6 (`internal/service/<service>/<resource>.go`), which Pulumi's
 * provider bridges under other names: `ForceNew: true`, `ForceNew` in `CustomizeDiff`, and `RequiresReplace` in the plugin
 * framework. Where `CustomizeDiff` decides by the values, the case that replaces counts here: a warning too many is read,
 * a replacement that nobody announced is not.
 */
export const REPLACED_BY: Readonly<Record<string, readonly string[] | "every input">> = {
  "aws:acm/certificate:Certificate": [
    "certificateAuthorityArn",
    "domainName",
    "keyAlgorithm",
    "subjectAlternativeNames",
    "validationMethod",
    "validationOptions",
  ],
  "aws:acm/certificateValidation:CertificateValidation": ["certificateArn", "validationRecordFqdns"],
  "aws:autoscaling/group:Group": ["initialLifecycleHooks", "name", "namePrefix"],
  "aws:autoscaling/lifecycleHook:LifecycleHook": ["autoscalingGroupName", "name"],
  "aws:autoscaling/policy:Policy": ["autoscalingGroupName", "name"],
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": ["actionsEnabled", "alarmName"],
  "aws:cloudwatch/dashboard:Dashboard": ["dashboardName"],
  "aws:cloudwatch/logGroup:LogGroup": ["logGroupClass", "name", "namePrefix"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["name"],
  "aws:dynamodb/table:Table": [
    "hashKey",
    "importTable",
    "localSecondaryIndexes",
    "name",
    "rangeKey",
    "restoreDateTime",
    "restoreToLatestTime",
  ],
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ["vpcId"],
  "aws:ec2/eip:Eip": ["address", "domain", "ipamPoolId", "networkBorderGroup", "publicIpv4Pool"],
  "aws:ec2/flowLog:FlowLog": [
    "deliverCrossAccountRole",
    "destinationOptions",
    "eniId",
    "iamRoleArn",
    "logDestination",
    "logDestinationType",
    "logFormat",
    "maxAggregationInterval",
    "regionalNatGatewayId",
    "subnetId",
    "trafficType",
    "transitGatewayAttachmentId",
    "transitGatewayId",
    "vpcId",
  ],
  "aws:ec2/instance:Instance": [
    "ami",
    "associatePublicIpAddress",
    "availabilityZone",
    "cpuOptions",
    "ebsBlockDevices",
    "ebsOptimized",
    "enclaveOptions",
    "ephemeralBlockDevices",
    "hibernation",
    "hostId",
    "ipv6AddressCount",
    "ipv6Addresses",
    "keyName",
    "launchTemplate",
    "networkInterfaces",
    "placementGroup",
    "placementPartitionNumber",
    "privateDnsNameOptions",
    "privateIp",
    "rootBlockDevice.encrypted",
    "rootBlockDevice.kmsKeyId",
    "securityGroups",
    "subnetId",
    "tenancy",
  ],
  "aws:ec2/internetGateway:InternetGateway": [],
  "aws:ec2/launchConfiguration:LaunchConfiguration": "every input",
  "aws:ec2/launchTemplate:LaunchTemplate": ["name", "namePrefix"],
  "aws:ec2/natGateway:NatGateway": [
    "allocationId",
    "availabilityMode",
    "connectivityType",
    "privateIp",
    "secondaryPrivateIpAddressCount",
    "subnetId",
    "vpcId",
  ],
  "aws:ec2/route:Route": [
    "destinationCidrBlock",
    "destinationIpv6CidrBlock",
    "destinationPrefixListId",
    "routeTableId",
  ],
  "aws:ec2/routeTable:RouteTable": ["vpcId"],
  "aws:ec2/routeTableAssociation:RouteTableAssociation": ["gatewayId", "subnetId"],
  "aws:ec2/securityGroup:SecurityGroup": ["description", "name", "namePrefix", "vpcId"],
  "aws:ec2/subnet:Subnet": [
    "availabilityZone",
    "availabilityZoneId",
    "cidrBlock",
    "ipv4IpamPoolId",
    "ipv4NetmaskLength",
    // If addresses were assigned from it on creation.
    "ipv6CidrBlock",
    "ipv6IpamPoolId",
    "ipv6Native",
    "ipv6NetmaskLength",
    "outpostArn",
    "vpcId",
  ],
  // A tenancy goes back to `default` in place.
  "aws:ec2/vpc:Vpc": ["cidrBlock", "instanceTenancy", "ipv4IpamPoolId", "ipv4NetmaskLength"],
  "aws:ec2/vpcEndpoint:VpcEndpoint": [
    "dnsOptions.privateDnsPreference",
    "dnsOptions.privateDnsSpecifiedDomains",
    // Of every kind but `Interface`.
    "privateDnsEnabled",
    "resourceConfigurationArn",
    "serviceName",
    "serviceNetworkArn",
    "serviceRegion",
    "vpcEndpointType",
    "vpcId",
  ],
  "aws:ecs/service:Service": [
    "capacityProviderStrategies",
    "cluster",
    "deploymentController",
    "iamRole",
    "launchType",
    "name",
    "schedulingStrategy",
  ],
  "aws:ecs/taskDefinition:TaskDefinition": [
    "containerDefinitions",
    "cpu",
    "enableFaultInjection",
    "ephemeralStorage",
    "executionRoleArn",
    "family",
    "ipcMode",
    "memory",
    "networkMode",
    "pidMode",
    "placementConstraints",
    "proxyConfiguration",
    "requiresCompatibilities",
    "runtimePlatform",
    "taskRoleArn",
    "volumes",
  ],
  "aws:iam/instanceProfile:InstanceProfile": ["name", "namePrefix", "path"],
  "aws:iam/policy:Policy": ["description", "name", "namePrefix", "path"],
  "aws:iam/role:Role": ["name", "namePrefix", "path"],
  "aws:iam/rolePolicy:RolePolicy": ["name", "namePrefix", "role"],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["policyArn", "role"],
  "aws:lambda/function:Function": ["name", "packageType", "tenancyConfig"],
  // `input` as CREATE_ONLY, which is the default: a run is not undone, it is done again.
  "aws:lambda/invocation:Invocation": ["functionName", "input", "qualifier", "triggers"],
  "aws:lambda/permission:Permission": "every input",
  "aws:lb/listener:Listener": ["loadBalancerArn"],
  "aws:lb/listenerRule:ListenerRule": ["listenerArn"],
  "aws:lb/loadBalancer:LoadBalancer": [
    "customerOwnedIpv4Pool",
    "internal",
    "loadBalancerType",
    "name",
    "namePrefix",
  ],
  "aws:lb/targetGroup:TargetGroup": [
    "ipAddressType",
    "name",
    "namePrefix",
    "port",
    "protocol",
    "protocolVersion",
    // AWS takes it in the call that creates, and in no other; so it does a bucket's namespace.
    "targetControlPort",
    "targetType",
    "vpcId",
  ],
  // Renamed in place: `identifier` is none of them.
  "aws:rds/instance:Instance": [
    "availabilityZone",
    "backupTarget",
    "characterSetName",
    "customIamInstanceProfile",
    "dbName",
    "engine",
    "kmsKeyId",
    "ncharCharacterSetName",
    "restoreToPointInTime",
    "s3Import",
    "snapshotIdentifier",
    "storageEncrypted",
    "timezone",
    "username",
  ],
  "aws:rds/parameterGroup:ParameterGroup": ["description", "family", "name", "namePrefix"],
  "aws:rds/subnetGroup:SubnetGroup": ["name", "namePrefix"],
  // A change of `type` or `setIdentifier` takes the old record away and makes the new one in one update.
  "aws:route53/record:Record": ["name", "zoneId"],
  "aws:s3/bucket:Bucket": ["bucket", "bucketNamespace", "bucketPrefix", "objectLockEnabled"],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ["bucket", "expectedBucketOwner"],
  "aws:s3/bucketObject:BucketObject": ["bucket", "key"],
  "aws:s3/bucketObjectv2:BucketObjectv2": ["bucket", "key"],
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ["bucket"],
  "aws:s3/bucketPolicy:BucketPolicy": ["bucket"],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["bucket"],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
    "bucket",
    "expectedBucketOwner",
  ],
  "aws:s3/bucketVersioning:BucketVersioning": ["bucket", "expectedBucketOwner"],
  "aws:secretsmanager/secret:Secret": ["name", "namePrefix"],
  "aws:secretsmanager/secretVersion:SecretVersion": [
    "secretBinary",
    "secretId",
    "secretString",
    "secretStringWoVersion",
  ],
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ["securityGroupId"],
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["securityGroupId"],
  "random:index/randomId:RandomId": "every input",
  "random:index/randomPassword:RandomPassword": "every input",
  "random:index/randomPet:RandomPet": "every input",
  "random:index/randomString:RandomString": "every input",
  "random:index/randomUuid:RandomUuid": "every input",
};

/** Inputs of which a new value is an update, but which cannot come or go: such as a rule's kind of source. */
const FOR_LIFE: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/natGateway:NatGateway": ["availabilityZoneAddresses"],
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": sources(),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": sources(),
};

/**
 * Inputs of which it depends whether a change replaces, and usually it does not: an instance's type on its architecture,
 * user data on `userDataReplaceOnChange`.
 */
const PERHAPS: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/instance:Instance": ["instanceMarketOptions", "instanceType", "userData", "userDataBase64"],
};

function sources(): readonly string[] {
  return ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];
}

/** What happens to a property: it comes, it goes, or it gets another value. */
export type ChangeKind = "add" | "delete" | "update";

/** Whether this table tells which changes replace a resource of this type. Where not, an update may be a replacement. */
export function isTypeKnown(type: string): boolean {
  return inputsOf(type) !== undefined;
}

/** Whether an update of these properties may be a replacement, for all that this table tells. */
export function mayReplace(type: string, paths: readonly string[]): boolean {
  const perhaps = PERHAPS[type] ?? [];
  return !isTypeKnown(type) || paths.some((path) => perhaps.some((input) => isWithin(path, input)));
}

/** Whether a change of the property at this path (Pulumi's notation) replaces a resource of this type. */
export function forcesReplacement(type: string, path: string, kind: ChangeKind): boolean {
  // Every regional resource has it, and lives where it says.
  if (type.startsWith("aws:") && path === "region") return true;
  if (kind !== "update" && FOR_LIFE[type]?.includes(path)) return true;
  const inputs = inputsOf(type) ?? [];
  return inputs === "every input" || inputs.some((input) => isWithin(path, input));
}

/** `aws:s3/bucketVersioningV2:BucketVersioningV2` is the name that `BucketVersioning` had for a while. */
function inputsOf(type: string): readonly string[] | "every input" | undefined {
  return REPLACED_BY[type] ?? REPLACED_BY[type.replaceAll("V2", "")];
}

function isWithin(path: string, input: string): boolean {
  return path === input || path.startsWith(`${input}.`) || path.startsWith(`${input}[`);
}
