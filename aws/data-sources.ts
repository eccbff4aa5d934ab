/**
 * Outputs of data sources that programs usually pass on unchanged: ids, ARNs and names. A preview has placeholders
 * for them, so outputs that programs count or parse must not be listed.
 */
export const PASSED_ON_OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  "aws:acm/getCertificate:getCertificate": ["arn", "id"],
  "aws:ec2/getAmi:getAmi": ["arn", "id", "imageId"],
  "aws:ec2/getManagedPrefixList:getManagedPrefixList": ["arn", "id"],
  "aws:ec2/getSecurityGroup:getSecurityGroup": ["arn", "id", "vpcId"],
  "aws:ec2/getSubnet:getSubnet": ["arn", "availabilityZone", "id", "vpcId"],
  "aws:ec2/getVpc:getVpc": ["arn", "id", "mainRouteTableId", "ownerId"],
  "aws:ecr/getRepository:getRepository": ["arn", "id", "registryId", "repositoryUrl"],
  "aws:ecs/getCluster:getCluster": ["arn", "id"],
  "aws:elb/getServiceAccount:getServiceAccount": ["arn", "id"],
  "aws:iam/getPolicy:getPolicy": ["arn", "id", "policyId"],
  "aws:iam/getRole:getRole": ["arn", "id", "uniqueId"],
  "aws:index/getCallerIdentity:getCallerIdentity": ["accountId", "arn", "id", "userId"],
  "aws:kms/getAlias:getAlias": ["arn", "id", "targetKeyArn", "targetKeyId"],
  "aws:kms/getKey:getKey": ["arn", "awsAccountId", "id", "keyId"],
  "aws:lambda/getFunction:getFunction": ["arn", "id", "invokeArn", "qualifiedArn"],
  "aws:lb/getListener:getListener": ["arn", "id", "loadBalancerArn"],
  "aws:lb/getLoadBalancer:getLoadBalancer": ["arn", "arnSuffix", "dnsName", "id", "vpcId", "zoneId"],
  "aws:lb/getTargetGroup:getTargetGroup": ["arn", "arnSuffix", "id", "vpcId"],
  "aws:rds/getInstance:getInstance": [
    "address",
    "dbInstanceArn",
    "endpoint",
    "hostedZoneId",
    "id",
    "resourceId",
  ],
  "aws:route53/getZone:getZone": ["arn", "id", "zoneId"],
  "aws:s3/getBucket:getBucket": ["arn", "bucketDomainName", "bucketRegionalDomainName", "hostedZoneId", "id"],
  "aws:secretsmanager/getSecret:getSecret": ["arn", "id"],
  "aws:sns/getTopic:getTopic": ["arn", "id"],
  "aws:sqs/getQueue:getQueue": ["arn", "id", "url"],
  "aws:ssm/getParameter:getParameter": ["arn", "id", "insecureValue", "value"],
};

/** Data sources of which every output is listed above, so that a preview knows the complete result. */
export const FULLY_LISTED: ReadonlySet<string> = new Set(["aws:index/getCallerIdentity:getCallerIdentity"]);

export interface Partition {
  readonly partition: string;
  readonly dnsSuffix: string;
}

/** Isolated partitions are not listed. Programs that run there must name their partition. */
const PARTITIONS: readonly (Partition & { readonly regions: RegExp })[] = [
  { regions: /^cn-/, partition: "aws-cn", dnsSuffix: "amazonaws.com.cn" },
  { regions: /^us-gov-/, partition: "aws-us-gov", dnsSuffix: "amazonaws.com" },
  { regions: /^(af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-\d$/, partition: "aws", dnsSuffix: "amazonaws.com" },
];

export function partitionOf(region: string | undefined): Partition | undefined {
  return PARTITIONS.find(({ regions }) => region !== undefined && regions.test(region));
}
