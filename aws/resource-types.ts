/**
 * Facts about a resource type that no npm package provides. Most inputs that force a replacement come from the
 * provider's schemas; `replacements.json` lists them.
 */
export interface ResourceTypeFacts {
  /** True if data is lost when the resource is deleted or replaced. */
  readonly holdsData?: true;
  /**
   * The input that Pulumi fills with a generated name.
   *
   * @default "name"
   */
  readonly generatedName?: string;
  /** Computed outputs that programs use for inputs of other resources, besides `id`, `arn` and the name. */
  readonly computed?: readonly string[];
  /** Computed outputs that change with every update of the resource. */
  readonly computedPerUpdate?: readonly string[];
  /** Computed lists with one item: the keys of that item. */
  readonly computedItems?: Readonly<Record<string, readonly string[]>>;
  /**
   * Inputs that force a replacement in the provider's code, which the schemas do not show. If the code depends on the
   * values, the usual case is listed, because a superfluous warning does less harm than an unannounced replacement.
   */
  readonly replacedBy?: readonly string[] | "every input";
  /** Inputs that are updated in place, but force a replacement when they are added or removed. */
  readonly replacedByPresence?: readonly string[];
  /**
   * Default values of inputs that force a replacement. Adding or removing an input with its default value changes
   * nothing.
   */
  readonly defaults?: Readonly<Record<string, string | boolean>>;
  /**
   * Inputs that force a replacement, but keep their value when the program no longer sets them (`Optional` and
   * `Computed` in the schema). Names are not listed, because Pulumi generates a new one.
   */
  readonly keptWhenOmitted?: readonly string[];
}

/** Inputs that protect a resource or its data from deletion, each with the value that removes the protection. */
export const DELETION_SAFEGUARDS = {
  deletionProtection: false,
  deletionProtectionEnabled: false,
  skipFinalSnapshot: true,
  forceDestroy: true,
} as const;

// Shared by several entries, because the AWS provider has load balancers and target groups under several type names.
const LOAD_BALANCER: ResourceTypeFacts = {
  computed: ["arnSuffix", "dnsName", "zoneId"],
  defaults: { internal: false, loadBalancerType: "application" },
};
const TARGET_GROUP: ResourceTypeFacts = {
  computed: ["arnSuffix"],
  defaults: { targetType: "instance" },
  keptWhenOmitted: ["ipAddressType", "protocolVersion"],
};

/** The source of a rule can change to another value in place, but not to another kind. */
const RULE_SOURCES = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];

export const RESOURCE_TYPES: Readonly<Record<string, ResourceTypeFacts>> = {
  // AWS reads both inputs from the body of an imported certificate.
  "aws:acm/certificate:Certificate": {
    computedItems: {
      domainValidationOptions: [
        "domainName",
        "resourceRecordName",
        "resourceRecordType",
        "resourceRecordValue",
      ],
    },
    replacedBy: ["domainName", "subjectAlternativeNames"],
  },
  "aws:acm/certificateValidation:CertificateValidation": { computed: ["certificateArn"] },
  "aws:alb/loadBalancer:LoadBalancer": LOAD_BALANCER,
  "aws:alb/targetGroup:TargetGroup": TARGET_GROUP,
  "aws:apigateway/domainName:DomainName": {
    computed: ["cloudfrontDomainName", "cloudfrontZoneId", "regionalDomainName", "regionalZoneId"],
  },
  "aws:apigateway/resource:Resource": { computed: ["path"] },
  "aws:apigateway/restApi:RestApi": { computed: ["executionArn", "rootResourceId"] },
  "aws:apigateway/stage:Stage": { computed: ["executionArn", "invokeUrl"] },
  "aws:apigatewayv2/api:Api": { computed: ["apiEndpoint", "executionArn"] },
  "aws:apigatewayv2/stage:Stage": { computed: ["executionArn", "invokeUrl"] },
  "aws:backup/vault:Vault": { holdsData: true },
  "aws:cloudfront/distribution:Distribution": {
    computed: ["domainName", "hostedZoneId"],
    defaults: { staging: false },
  },
  "aws:cloudfront/originAccessIdentity:OriginAccessIdentity": {
    computed: ["cloudfrontAccessIdentityPath", "iamArn", "s3CanonicalUserId"],
  },
  "aws:cloudwatch/eventRule:EventRule": { computed: ["eventBusName"] },
  "aws:cognito/userPool:UserPool": { holdsData: true, computed: ["endpoint"] },
  "aws:cognito/userPoolDomain:UserPoolDomain": { replacedByPresence: ["certificateArn"] },
  "aws:docdb/cluster:Cluster": {
    holdsData: true,
    keptWhenOmitted: ["availabilityZones", "dbSubnetGroupName", "kmsKeyId", "masterUsername"],
  },
  "aws:docdb/clusterInstance:ClusterInstance": { holdsData: true },
  "aws:dynamodb/globalTable:GlobalTable": { holdsData: true },
  "aws:dynamodb/table:Table": { holdsData: true, computed: ["streamArn"] },
  "aws:ebs/volume:Volume": { holdsData: true, keptWhenOmitted: ["encrypted", "kmsKeyId", "snapshotId"] },
  "aws:ec2/eip:Eip": { computed: ["allocationId", "publicIp"] },
  // A change of `ipv6Addresses` forces a replacement unless `ipv6AddressCount` changes, too.
  "aws:ec2/instance:Instance": {
    computed: ["availabilityZone", "privateDns", "privateIp", "publicDns", "publicIp", "subnetId"],
    replacedBy: ["ipv6Addresses"],
  },
  "aws:ec2/keyPair:KeyPair": { generatedName: "keyName", computed: ["keyPairId"] },
  "aws:ec2/launchTemplate:LaunchTemplate": { computedPerUpdate: ["latestVersion"] },
  // `secondaryPrivateIpAddressCount` forces a replacement of private gateways. Public gateways do not have this
  // input.
  "aws:ec2/natGateway:NatGateway": {
    computed: ["privateIp", "publicIp"],
    replacedBy: ["secondaryPrivateIpAddressCount"],
    replacedByPresence: ["availabilityZoneAddresses"],
    defaults: { connectivityType: "public" },
  },
  "aws:ec2/networkInterface:NetworkInterface": { computed: ["privateIp"] },
  "aws:ec2/securityGroup:SecurityGroup": { computed: ["vpcId"] },
  // A change of `ipv6CidrBlock` forces a replacement only if addresses were assigned from it on creation.
  "aws:ec2/subnet:Subnet": {
    computed: ["availabilityZone"],
    replacedBy: ["ipv6CidrBlock"],
    keptWhenOmitted: ["availabilityZone", "availabilityZoneId", "cidrBlock"],
  },
  // Only the change back to the tenancy `default` is made in place.
  "aws:ec2/vpc:Vpc": {
    computed: ["defaultSecurityGroupId", "mainRouteTableId"],
    replacedBy: ["instanceTenancy"],
    defaults: { instanceTenancy: "default" },
    keptWhenOmitted: ["cidrBlock"],
  },
  // A change forces a replacement for every endpoint type except `Interface`.
  "aws:ec2/vpcEndpoint:VpcEndpoint": { replacedBy: ["privateDnsEnabled"] },
  "aws:ecr/repository:Repository": { holdsData: true, computed: ["registryId", "repositoryUrl"] },
  "aws:ecs/service:Service": { defaults: { schedulingStrategy: "REPLICA" } },
  "aws:efs/fileSystem:FileSystem": {
    holdsData: true,
    computed: ["dnsName"],
    keptWhenOmitted: ["availabilityZoneName", "encrypted", "kmsKeyId", "performanceMode"],
  },
  "aws:eks/cluster:Cluster": { computed: ["endpoint"] },
  "aws:elasticache/cluster:Cluster": {
    holdsData: true,
    generatedName: "clusterId",
    computed: ["clusterAddress", "configurationEndpoint"],
    keptWhenOmitted: [
      "availabilityZone",
      "engine",
      "networkType",
      "port",
      "preferredOutpostArn",
      "replicationGroupId",
      "subnetGroupName",
      "transitEncryptionEnabled",
    ],
  },
  "aws:elasticache/replicationGroup:ReplicationGroup": {
    holdsData: true,
    generatedName: "replicationGroupId",
    computed: ["configurationEndpointAddress", "primaryEndpointAddress", "readerEndpointAddress"],
    keptWhenOmitted: [
      "atRestEncryptionEnabled",
      "dataTieringEnabled",
      "globalReplicationGroupId",
      "networkType",
      "securityGroupNames",
      "subnetGroupName",
    ],
  },
  "aws:elb/loadBalancer:LoadBalancer": { defaults: { internal: false } },
  "aws:fsx/backup:Backup": { holdsData: true },
  "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation": { holdsData: true },
  "aws:fsx/fileCache:FileCache": { holdsData: true },
  "aws:fsx/lustreFileSystem:LustreFileSystem": { holdsData: true },
  "aws:fsx/ontapFileSystem:OntapFileSystem": { holdsData: true },
  "aws:fsx/ontapStorageVirtualMachine:OntapStorageVirtualMachine": { holdsData: true },
  "aws:fsx/ontapVolume:OntapVolume": { holdsData: true },
  "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": { holdsData: true },
  "aws:fsx/openZfsSnapshot:OpenZfsSnapshot": { holdsData: true },
  "aws:fsx/openZfsVolume:OpenZfsVolume": { holdsData: true },
  "aws:fsx/windowsFileSystem:WindowsFileSystem": { holdsData: true },
  "aws:glue/catalogDatabase:CatalogDatabase": { computed: ["catalogId"] },
  "aws:iam/policy:Policy": { defaults: { path: "/" } },
  "aws:iam/role:Role": { computed: ["uniqueId"], defaults: { path: "/" } },
  "aws:iam/user:User": { computed: ["uniqueId"] },
  "aws:kinesis/stream:Stream": { holdsData: true },
  "aws:kms/alias:Alias": { computed: ["targetKeyArn"] },
  "aws:kms/key:Key": {
    holdsData: true,
    computed: ["keyId"],
    defaults: { customerMasterKeySpec: "SYMMETRIC_DEFAULT", keyUsage: "ENCRYPT_DECRYPT" },
  },
  "aws:lambda/function:Function": {
    computed: ["invokeArn"],
    computedPerUpdate: ["qualifiedArn", "version"],
    replacedByPresence: ["durableConfig"],
    defaults: { packageType: "Zip" },
  },
  "aws:lambda/functionUrl:FunctionUrl": { computed: ["functionUrl", "urlId"] },
  // With the default lifecycle CREATE_ONLY, a changed input replaces the resource, which invokes the function again.
  "aws:lambda/invocation:Invocation": { computed: ["result"], replacedBy: ["input"] },
  "aws:lambda/layerVersion:LayerVersion": { computed: ["layerArn"] },
  "aws:lb/loadBalancer:LoadBalancer": LOAD_BALANCER,
  "aws:lb/targetGroup:TargetGroup": TARGET_GROUP,
  "aws:memorydb/cluster:Cluster": { holdsData: true },
  "aws:msk/cluster:Cluster": {
    holdsData: true,
    computed: ["bootstrapBrokers", "bootstrapBrokersTls", "zookeeperConnectString"],
  },
  "aws:neptune/cluster:Cluster": {
    holdsData: true,
    keptWhenOmitted: ["availabilityZones", "kmsKeyArn", "neptuneSubnetGroupName"],
  },
  "aws:opensearch/domain:Domain": { holdsData: true, generatedName: "domainName", computed: ["endpoint"] },
  "aws:organizations/organization:Organization": { computed: ["masterAccountId"] },
  "aws:rds/cluster:Cluster": {
    holdsData: true,
    generatedName: "clusterIdentifier",
    computed: ["clusterResourceId", "endpoint", "readerEndpoint"],
    defaults: { engineMode: "provisioned" },
    keptWhenOmitted: [
      "availabilityZones",
      "clusterScalabilityType",
      "databaseName",
      "dbSubnetGroupName",
      "dbSystemId",
      "kmsKeyId",
      "masterUsername",
      "storageEncrypted",
    ],
  },
  "aws:rds/clusterInstance:ClusterInstance": {
    generatedName: "identifier",
    computed: ["endpoint"],
    keptWhenOmitted: ["availabilityZone", "dbSubnetGroupName"],
  },
  "aws:rds/globalCluster:GlobalCluster": { holdsData: true },
  "aws:rds/instance:Instance": {
    holdsData: true,
    generatedName: "identifier",
    computed: ["address", "endpoint", "port"],
    defaults: { storageEncrypted: false },
    keptWhenOmitted: [
      "availabilityZone",
      "backupTarget",
      "characterSetName",
      "dbName",
      "engine",
      "kmsKeyId",
      "ncharCharacterSetName",
      "snapshotIdentifier",
      "timezone",
      "username",
    ],
  },
  "aws:rds/proxy:Proxy": { computed: ["endpoint"] },
  "aws:redshift/cluster:Cluster": {
    holdsData: true,
    computed: ["dnsName", "endpoint"],
    keptWhenOmitted: ["clusterSubnetGroupName"],
  },
  "aws:route53/record:Record": { computed: ["fqdn"] },
  "aws:route53/zone:Zone": { computed: ["primaryNameServer", "zoneId"] },
  "aws:s3/bucket:Bucket": {
    holdsData: true,
    generatedName: "bucket",
    computed: [
      "bucketDomainName",
      "bucketRegionalDomainName",
      "hostedZoneId",
      "websiteDomain",
      "websiteEndpoint",
    ],
    keptWhenOmitted: ["bucketNamespace", "objectLockEnabled"],
  },
  "aws:s3/bucketObject:BucketObject": { computedPerUpdate: ["etag", "versionId"] },
  "aws:s3/bucketObjectv2:BucketObjectv2": { computedPerUpdate: ["etag", "versionId"] },
  "aws:s3/bucketV2:BucketV2": { holdsData: true },
  "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": {
    computed: ["websiteDomain", "websiteEndpoint"],
  },
  "aws:secretsmanager/secret:Secret": { holdsData: true },
  // A changed value creates another version of the secret.
  "aws:secretsmanager/secretVersion:SecretVersion": {
    computedPerUpdate: ["versionId"],
    replacedBy: ["secretString", "secretStringWoVersion"],
  },
  "aws:sns/topic:Topic": { computed: ["owner"], defaults: { fifoTopic: false } },
  "aws:sqs/queue:Queue": { holdsData: true, computed: ["url"], defaults: { fifoQueue: false } },
  "aws:timestreamwrite/table:Table": { holdsData: true },
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": { replacedByPresence: RULE_SOURCES },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": { replacedByPresence: RULE_SOURCES },
  "random:index/randomId:RandomId": {
    computed: ["b64Std", "b64Url", "dec", "hex"],
    replacedBy: "every input",
  },
  "random:index/randomPassword:RandomPassword": {
    computed: ["bcryptHash", "result"],
    replacedBy: "every input",
  },
  "random:index/randomPet:RandomPet": { replacedBy: "every input" },
  "random:index/randomString:RandomString": { computed: ["result"], replacedBy: "every input" },
  "random:index/randomUuid:RandomUuid": { computed: ["result"], replacedBy: "every input" },
};

export function factsOf(type: string): ResourceTypeFacts {
  return RESOURCE_TYPES[type] ?? {};
}

/**
 * Tests an AWS resource type by its last part, because the provider has some types in several modules, such as
 * `aws:lb/listenerRule:ListenerRule` and `aws:alb/listenerRule:ListenerRule`.
 */
export function isAwsType(type: string, ...names: readonly string[]): boolean {
  return type.startsWith("aws:") && names.includes(type.split(":").pop() ?? "");
}
