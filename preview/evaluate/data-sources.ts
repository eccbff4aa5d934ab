import { type PolicyDocumentArgs, policyDocument } from "../../aws/policy-document";
import { dataSourceKey } from "../../engine/program/data-source-key";
import type { KnownAnswer } from "../../engine/program/evaluate";
import { toPlain } from "../../engine/values/codec";
import { containsSecret, containsUnknown, type Properties } from "../../engine/values/values";

/**
 * Outputs of data sources that programs pass on as they are: ids, ARNs and names, nothing that is counted or taken apart.
 * A symbol stands for each, `<getVpc(default=true).id>`.
 */
export const PASSED_ON: Readonly<Record<string, readonly string[]>> = {
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
  "aws:ssm/getParameter:getParameter": ["arn", "id"],
};

/** Those of which all outputs are above, so that a program may also take them from an output in one `apply`. */
export const WHOLE: ReadonlySet<string> = new Set(["aws:index/getCallerIdentity:getCallerIdentity"]);

/** What a preview tells a program that asks AWS for something. The region is that of the stack's config. */
export function answerWithoutCloud(
  token: string,
  args: Properties,
  stackRegion: string | undefined,
): KnownAnswer | undefined {
  if (containsSecret(args) || containsUnknown(args)) return undefined;
  const region = typeof args.region === "string" ? args.region : stackRegion;
  const of = (output: string) => `<${dataSourceKey(token, args)}.${output}>`;
  switch (token) {
    case "aws:iam/getPolicyDocument:getPolicyDocument":
      return policy(args);
    case "aws:index/getRegion:getRegion":
      return regionAnswer(region, of);
    case "aws:index/getPartition:getPartition":
      return partition(region, of);
    case "aws:index/getAvailabilityZones:getAvailabilityZones":
      return zones(region, of);
    case "aws:ec2/getSubnets:getSubnets":
      return { outputs: { ...args, id: region ?? of("id"), ids: three(of, "ids") } };
  }
  const passedOn = PASSED_ON[token];
  if (passedOn === undefined) return undefined;
  const outputs = Object.fromEntries(passedOn.map((output) => [output, of(output)]));
  // What it was asked by is known, the id of a VPC for instance.
  return { outputs: { ...outputs, ...args }, isComplete: WHOLE.has(token) };
}

type Of = (output: string) => string;

function policy(args: Properties): KnownAnswer {
  const document = policyDocument(toPlain(args) as PolicyDocumentArgs);
  const json = JSON.stringify(document, undefined, 2);
  const outputs = { ...args, id: "policy", json, minifiedJson: JSON.stringify(document) };
  return { outputs, isComplete: true, isCertain: true };
}

function regionAnswer(region: string | undefined, of: Of): KnownAnswer {
  const name = region ?? of("region");
  const outputs = { id: name, name, region: name, description: of("description"), endpoint: of("endpoint") };
  return { outputs, isComplete: true, isCertain: region !== undefined };
}

/** The isolated partitions are left out: who is in one knows what to put into the program. */
const PARTITIONS = [
  { regions: /^cn-/, partition: "aws-cn", dnsSuffix: "amazonaws.com.cn" },
  { regions: /^us-gov-/, partition: "aws-us-gov", dnsSuffix: "amazonaws.com" },
  { regions: /^(af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-\d$/, partition: "aws", dnsSuffix: "amazonaws.com" },
];

function partition(region: string | undefined, of: Of): KnownAnswer {
  const found = PARTITIONS.find(({ regions }) => region !== undefined && regions.test(region));
  const { partition: name, dnsSuffix } = found ?? { partition: of("partition"), dnsSuffix: of("dnsSuffix") };
  const reverseDnsPrefix =
    found === undefined ? of("reverseDnsPrefix") : dnsSuffix.split(".").reverse().join(".");
  const outputs = { id: name, partition: name, dnsSuffix, reverseDnsPrefix };
  return { outputs, isComplete: true, isCertain: found !== undefined };
}

function zones(region: string | undefined, of: Of): KnownAnswer {
  const names = ["a", "b", "c"].map((letter) => `${region}${letter}`);
  const outputs = {
    id: region ?? of("id"),
    names: region === undefined ? three(of, "names") : names,
    zoneIds: three(of, "zoneIds"),
  };
  return { outputs };
}

/** As many zones as most regions have, and a subnet in each; programs count them, take some, or go through all. */
function three(of: Of, list: string): string[] {
  return [0, 1, 2].map((index) => of(`${list}[${index}]`));
}
