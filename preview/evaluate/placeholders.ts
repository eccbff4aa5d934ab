import { forcesReplacement } from "../../aws/replacements";
import type { KnownOutputs } from "../../engine/program/evaluate";
import type { Graph, GraphResource } from "../../engine/program/graph";
import { diffGraphs, Identities } from "../../engine/program/graph-diff";
import type { Registration } from "../../engine/program/registration";
import type { Properties } from "../../engine/values/values";

/** Computed outputs, beside `id`, `arn` and a name, from which programs derive other resources' inputs. */
export const COMPUTED: Readonly<Record<string, readonly string[]>> = {
  "aws:acm/certificateValidation:CertificateValidation": ["certificateArn"],
  "aws:apigateway/domainName:DomainName": [
    "cloudfrontDomainName",
    "cloudfrontZoneId",
    "regionalDomainName",
    "regionalZoneId",
  ],
  "aws:apigateway/resource:Resource": ["path"],
  "aws:apigateway/restApi:RestApi": ["executionArn", "rootResourceId"],
  "aws:apigateway/stage:Stage": ["executionArn", "invokeUrl"],
  "aws:apigatewayv2/api:Api": ["apiEndpoint", "executionArn"],
  "aws:apigatewayv2/stage:Stage": ["executionArn", "invokeUrl"],
  "aws:cloudfront/distribution:Distribution": ["domainName", "hostedZoneId"],
  "aws:cloudfront/originAccessIdentity:OriginAccessIdentity": [
    "cloudfrontAccessIdentityPath",
    "iamArn",
    "s3CanonicalUserId",
  ],
  "aws:cloudwatch/eventRule:EventRule": ["eventBusName"],
  "aws:cognito/userPool:UserPool": ["endpoint"],
  "aws:dynamodb/table:Table": ["streamArn"],
  "aws:ec2/eip:Eip": ["allocationId", "publicIp"],
  "aws:ec2/instance:Instance": [
    "availabilityZone",
    "privateDns",
    "privateIp",
    "publicDns",
    "publicIp",
    "subnetId",
  ],
  "aws:ec2/keyPair:KeyPair": ["keyPairId"],
  "aws:ec2/natGateway:NatGateway": ["privateIp", "publicIp"],
  "aws:ec2/networkInterface:NetworkInterface": ["privateIp"],
  "aws:ec2/securityGroup:SecurityGroup": ["vpcId"],
  "aws:ec2/subnet:Subnet": ["availabilityZone"],
  "aws:ec2/vpc:Vpc": ["defaultSecurityGroupId", "mainRouteTableId"],
  "aws:ecr/repository:Repository": ["registryId", "repositoryUrl"],
  "aws:efs/fileSystem:FileSystem": ["dnsName"],
  "aws:eks/cluster:Cluster": ["endpoint"],
  "aws:elasticache/cluster:Cluster": ["clusterAddress", "configurationEndpoint"],
  "aws:elasticache/replicationGroup:ReplicationGroup": [
    "configurationEndpointAddress",
    "primaryEndpointAddress",
    "readerEndpointAddress",
  ],
  "aws:glue/catalogDatabase:CatalogDatabase": ["catalogId"],
  "aws:iam/role:Role": ["uniqueId"],
  "aws:iam/user:User": ["uniqueId"],
  "aws:kms/alias:Alias": ["targetKeyArn"],
  "aws:kms/key:Key": ["keyId"],
  "aws:lambda/function:Function": ["invokeArn"],
  "aws:lambda/functionUrl:FunctionUrl": ["functionUrl", "urlId"],
  "aws:lambda/invocation:Invocation": ["result"],
  "aws:lambda/layerVersion:LayerVersion": ["layerArn"],
  ...ofBalancers("alb"),
  ...ofBalancers("lb"),
  "aws:msk/cluster:Cluster": ["bootstrapBrokers", "bootstrapBrokersTls", "zookeeperConnectString"],
  "aws:opensearch/domain:Domain": ["endpoint"],
  "aws:organizations/organization:Organization": ["masterAccountId"],
  "aws:rds/cluster:Cluster": ["clusterResourceId", "endpoint", "readerEndpoint"],
  "aws:rds/clusterInstance:ClusterInstance": ["endpoint"],
  "aws:rds/instance:Instance": ["address", "endpoint", "port"],
  "aws:rds/proxy:Proxy": ["endpoint"],
  "aws:redshift/cluster:Cluster": ["dnsName", "endpoint"],
  "aws:route53/record:Record": ["fqdn"],
  "aws:route53/zone:Zone": ["primaryNameServer", "zoneId"],
  "aws:s3/bucket:Bucket": [
    "bucketDomainName",
    "bucketRegionalDomainName",
    "hostedZoneId",
    "websiteDomain",
    "websiteEndpoint",
  ],
  "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": ["websiteDomain", "websiteEndpoint"],
  "aws:sns/topic:Topic": ["owner"],
  "aws:sqs/queue:Queue": ["url"],
  "random:index/randomId:RandomId": ["b64Std", "b64Url", "dec", "hex"],
  "random:index/randomPassword:RandomPassword": ["bcryptHash", "result"],
  "random:index/randomString:RandomString": ["result"],
  "random:index/randomUuid:RandomUuid": ["result"],
};

/** The AWS provider has its load balancers under several names. */
function ofBalancers(module: string): Record<string, readonly string[]> {
  return {
    [`aws:${module}/loadBalancer:LoadBalancer`]: ["arnSuffix", "dnsName", "zoneId"],
    [`aws:${module}/targetGroup:TargetGroup`]: ["arnSuffix"],
  };
}

/** Computed outputs that change whenever the resource does. */
export const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/launchTemplate:LaunchTemplate": ["latestVersion"],
  "aws:lambda/function:Function": ["qualifiedArn", "version"],
  "aws:s3/bucketObject:BucketObject": ["etag", "versionId"],
  "aws:s3/bucketObjectv2:BucketObjectv2": ["etag", "versionId"],
  "aws:secretsmanager/secretVersion:SecretVersion": ["versionId"],
};

/** The input that Pulumi fills in with a name of its own, where it is not `name`. */
export const NAMED_BY: Readonly<Record<string, string>> = {
  "aws:ec2/keyPair:KeyPair": "keyName",
  "aws:elasticache/cluster:Cluster": "clusterId",
  "aws:elasticache/replicationGroup:ReplicationGroup": "replicationGroupId",
  "aws:opensearch/domain:Domain": "domainName",
  "aws:rds/cluster:Cluster": "clusterIdentifier",
  "aws:rds/clusterInstance:ClusterInstance": "identifier",
  "aws:rds/instance:Instance": "identifier",
  "aws:s3/bucket:Bucket": "bucket",
};

/**
 * Stands for what only a cloud could tell, so that values which the program derives from it can be compared and read:
 * `<TargetGroup:dev-web-blue.arn>`. Plain ASCII, so that programs which check their values let it pass.
 */
export function symbol(type: string, name: string, output: string): string {
  return `<${type.split(":").pop()}:${name}.${output}>`;
}

/** The resource's name in the first symbol of a text. */
export function symbolName(text: string): string | undefined {
  return /<(?:new )?[A-Za-z0-9]+:([^<>]+)\.[A-Za-z0-9]+>/.exec(text)?.[1];
}

/** What an id or an ARN is told from others by: the name in its symbol, or itself where the program does not make it. */
export function referredTo(text: string): string {
  return symbolName(text) ?? text;
}

/**
 * Symbols for the outputs of each resource. With a base, those that would be other ones afterwards (all of a resource
 * that is replaced, the version of one that is updated) are marked as new: that is how a replacement reaches the
 * resources that depend on it, as in a real update.
 */
export function symbolsFor(base?: Graph): (resource: Registration) => KnownOutputs {
  const identities = base && new Identities(base);
  const taken = new Set(base?.resources.map(({ type, name }) => symbol(type, name, "")));
  return (resource) => {
    const { type, inputs } = resource;
    const old = identities?.find(resource);
    // What comes under the name of another one, such as a child that has left its parent, is not that one.
    const isOther = old === undefined && taken.has(symbol(type, resource.name, ""));
    const known = old === undefined || old.read ? "create" : change(old, { ...resource, read: false });
    const op = isOther ? "replace" : known;
    // Under another name, which an alias tells, it is still what it was.
    const was = old ?? resource;
    const of = (output: string, isNew: boolean) => {
      const text = symbol(was.type, was.name, output);
      return isNew ? text.replace("<", "<new ") : text;
    };
    const outputs: Properties = {};
    const lasting = ["arn", NAMED_BY[type] ?? "name", ...(COMPUTED[type] ?? [])];
    for (const output of lasting) if (!(output in inputs)) outputs[output] = of(output, op === "replace");
    for (const output of VERSIONS[type] ?? [])
      outputs[output] = of(output, op === "replace" || op === "update");
    if (type === "aws:acm/certificate:Certificate") outputs.domainValidationOptions = [validation(of)];
    return { id: of("id", op === "replace"), outputs };
  };

  function validation(of: (output: string, isNew: boolean) => string): Properties {
    const keys = ["domainName", "resourceRecordName", "resourceRecordType", "resourceRecordValue"];
    return Object.fromEntries(keys.map((key) => [key, of(key, false)]));
  }
}

function change(old: GraphResource, head: GraphResource): string {
  const { urn } = old;
  const alone = (resource: GraphResource): Graph => ({
    ...{ project: "", stack: "", resources: [resource], outputs: {}, placeholders: [], messages: [] },
  });
  return diffGraphs(alone(old), alone({ ...head, urn }), { replaceOn: forcesReplacement })[0]?.op ?? "same";
}
