import { isObject, type PlainInputs, parseJsonInput } from "./json-input";
import { isAwsType } from "./resource-types";
import { INBOUND_RULES, type InboundRule, inboundRules, isInternet } from "./security-group-rules";

/** A way in which a resource can be open to the internet. */
interface PublicAccess {
  /**
   * Last parts of the AWS types, such as `Bucket`.
   *
   * @default every type
   */
  readonly types?: readonly string[];
  /** The inputs on which the access depends. */
  readonly inputs: readonly string[];
  /** Describes the access that these inputs allow; empty if there is none. */
  readonly describe: (inputs: PlainInputs, type: string) => string[];
}

/** A bucket with all four settings is private, even if its policy allows public access. */
const BUCKET_BLOCKS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

const PUBLIC_ACCESS: readonly PublicAccess[] = [
  { ...INBOUND_RULES, describe: (inputs, type) => inboundRules(type, inputs).flatMap(fromInternet) },
  {
    types: ["BucketPolicy", "QueuePolicy", "TopicPolicy", "KeyPolicy"],
    inputs: ["policy"],
    describe: ({ policy }) => allowedToAnyPrincipal(policy),
  },
  {
    types: ["LoadBalancer"],
    inputs: ["internal"],
    describe: ({ internal }) => (internal === true ? [] : ["a public load balancer"]),
  },
  {
    types: ["FunctionUrl"],
    inputs: ["authorizationType"],
    describe: ({ authorizationType }) =>
      authorizationType === "NONE" ? ["a function URL without authentication"] : [],
  },
  {
    types: ["Instance"],
    inputs: ["associatePublicIpAddress"],
    describe: ({ associatePublicIpAddress }) =>
      associatePublicIpAddress === true ? ["a public address"] : [],
  },
  {
    types: ["BucketPublicAccessBlock"],
    inputs: BUCKET_BLOCKS,
    describe: (inputs) =>
      BUCKET_BLOCKS.filter((block) => inputs[block] !== true).map((block) => `${block} is off`),
  },
  {
    inputs: ["publiclyAccessible"],
    describe: ({ publiclyAccessible }) => (publiclyAccessible === true ? ["publicly accessible"] : []),
  },
];

export function publicAccess(type: string, inputs: PlainInputs): string[] {
  return accessesOf(type).flatMap(({ describe }) => describe(inputs, type));
}

export function publicAccessInputs(type: string): string[] {
  return accessesOf(type).flatMap(({ inputs }) => inputs);
}

function accessesOf(type: string): PublicAccess[] {
  return PUBLIC_ACCESS.filter(({ types }) => types === undefined || isAwsType(type, ...types));
}

function fromInternet(rule: InboundRule): string[] {
  return rule.cidrs.filter(isInternet).map((cidr) => `${ports(rule)} from ${cidr}`);
}

function ports({ protocol, fromPort, toPort }: InboundRule): string {
  if (protocol === "-1") return "every port";
  return `${protocol} ${fromPort === toPort ? String(fromPort) : `${String(fromPort)}-${String(toPort)}`}`;
}

/** Describes the statements of a policy that allow actions to any principal, without a condition. */
function allowedToAnyPrincipal(policy: unknown): string[] {
  const document = isObject(policy) ? policy : parseJsonInput(policy);
  const statements = [document?.Statement].flat().filter(isObject);
  const isAny = ({ Principal }: PlainInputs) =>
    Principal === "*" || (isObject(Principal) && Object.values(Principal).flat().includes("*"));
  return statements
    .filter((statement) => statement.Effect === "Allow" && !statement.Condition && isAny(statement))
    .map(({ Action }) => `a policy that allows ${[Action].flat().join(", ")} to any principal`);
}
