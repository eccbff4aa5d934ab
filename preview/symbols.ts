import { forcesReplacement } from "../aws/replacements";
import type { KnownOutputs } from "../engine/evaluate";
import { diffGraphs, type Graph, type GraphResource } from "../engine/graph";
import type { Registration } from "../engine/registration";
import type { Properties } from "../engine/values";

/** Computed outputs, beside `id`, `arn` and a name, from which programs derive other resources' inputs. */
const COMPUTED: Readonly<Record<string, readonly string[]>> = {
  "aws:acm/certificateValidation:CertificateValidation": ["certificateArn"],
  "aws:dynamodb/table:Table": ["streamArn"],
  "aws:ec2/eip:Eip": ["allocationId", "publicIp"],
  "aws:ec2/instance:Instance": ["privateIp", "publicIp", "privateDns", "publicDns"],
  "aws:ec2/vpc:Vpc": ["defaultSecurityGroupId", "mainRouteTableId"],
  "aws:iam/role:Role": ["uniqueId"],
  "aws:lambda/function:Function": ["invokeArn"],
  "aws:lambda/invocation:Invocation": ["result"],
  "aws:lb/loadBalancer:LoadBalancer": ["arnSuffix", "dnsName", "zoneId"],
  "aws:lb/targetGroup:TargetGroup": ["arnSuffix"],
  "aws:rds/instance:Instance": ["address", "endpoint", "port"],
  "aws:route53/record:Record": ["fqdn"],
  "aws:s3/bucket:Bucket": ["bucketDomainName", "bucketRegionalDomainName"],
  "aws:sqs/queue:Queue": ["url"],
  "random:index/randomId:RandomId": ["b64Std", "b64Url", "dec", "hex"],
  "random:index/randomPassword:RandomPassword": ["bcryptHash", "result"],
  "random:index/randomString:RandomString": ["result"],
  "random:index/randomUuid:RandomUuid": ["result"],
};

/** Computed outputs that change whenever the resource does. */
const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/launchTemplate:LaunchTemplate": ["latestVersion"],
  "aws:lambda/function:Function": ["qualifiedArn", "version"],
};

/** The input that Pulumi fills in with a name of its own, where it is not `name`. */
const NAMED_BY: Readonly<Record<string, string>> = {
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

/**
 * Symbols for the outputs of each resource. With a base, those that would be other ones afterwards (all of a resource
 * that is replaced, the version of one that is updated) are marked as new: that is how a replacement reaches the
 * resources that depend on it, as in a real update.
 */
export function symbolsFor(base?: Graph): (resource: Registration) => KnownOutputs {
  const olds = new Map(base?.resources.map((resource) => [resource.urn, resource]));
  return (resource) => {
    const { type, name, inputs } = resource;
    const old = olds.get(resource.urn);
    const op = old === undefined || old.read ? "create" : change(old, { ...resource, read: false });
    const of = (output: string, isNew: boolean) => {
      const text = symbol(type, name, output);
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
  const alone = (resource: GraphResource): Graph => ({
    ...{ project: "", stack: "", resources: [resource], outputs: {}, placeholders: [], messages: [] },
  });
  return diffGraphs(alone(old), alone(head), { replaceOn: forcesReplacement })[0]?.op ?? "same";
}
