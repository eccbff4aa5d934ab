import type { Graph, GraphResource } from "../../engine/graph";
import { containsUnknown } from "../../engine/values";
import { type Comparison, isAws, isObject, listed, plainInputs, records } from "../comparison";
import type { Answer } from "./answer";

/** The longest prefix of a range that still is for strangers: two halves of the internet are all of it. */
const WIDE = { ipv4: 7, ipv6: 16 } as const;
/** What opens doors, and in which input. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  SecurityGroupIngressRule: ["cidrIpv4", "cidrIpv6", "fromPort", "toPort", "ipProtocol"],
  SecurityGroupRule: ["cidrBlocks", "ipv6CidrBlocks", "fromPort", "toPort", "protocol"],
  SecurityGroup: ["ingress"],
  DefaultSecurityGroup: ["ingress"],
  BucketPolicy: ["policy"],
  QueuePolicy: ["policy"],
  TopicPolicy: ["policy"],
  KeyPolicy: ["policy"],
};

/** What is exposed to the internet that was not, and what no longer is. */
export function exposureAnswer({ base, head }: Comparison): Answer {
  const [before, after] = [exposures(base), exposures(head)];
  const opened = [...after].filter(([key]) => !before.has(key)).map(([, text]) => text);
  const closed = [...before].filter(([key]) => !after.has(key)).map(([, text]) => `no longer: ${text}`);
  const details = [...opened, ...closed];
  if (opened.length === 0) {
    const rest = closed.length > 0 ? `; ${closed.length} less than before` : "";
    const hidden = unreadable(head);
    if (hidden.length > 0) {
      const text = `Nothing new is seen to be open to the internet${rest}, but only a cloud can tell what ${listed(hidden)} opens.`;
      return { topic: "exposure", level: "attention", text, details };
    }
    return { topic: "exposure", level: "good", text: `Nothing new is open to the internet${rest}.`, details };
  }
  const what = opened.length === 1 ? opened[0] : `${opened.length} things`;
  return { topic: "exposure", level: "attention", text: `Newly open to the internet: ${what}.`, details };
}

/** Resources that may open something, in an input that nobody could read. */
function unreadable({ resources }: Graph): string[] {
  return resources
    .filter((resource) => resource.custom && !resource.read)
    .filter((resource) =>
      Object.entries(DOORS).some(
        ([name, keys]) =>
          isAws(resource, name) && keys.some((key) => containsUnknown(resource.inputs[key] ?? null)),
      ),
    )
    .map(({ name }) => name);
}

/** Everything that strangers can reach, by resource and what about it. */
function exposures(graph: Graph): Map<string, string> {
  const found = new Map<string, string>();
  for (const resource of graph.resources) {
    if (!resource.custom || resource.read) continue;
    for (const what of exposedBy(resource)) {
      found.set(`${resource.urn} ${what}`, `${resource.name} (${what})`);
    }
  }
  return found;
}

function exposedBy(resource: GraphResource): string[] {
  const inputs = plainInputs(resource);
  if (isAws(resource, "SecurityGroupIngressRule"))
    return everywhere([inputs.cidrIpv4, inputs.cidrIpv6], inputs);
  if (isAws(resource, "SecurityGroupRule") && inputs.type === "ingress") return ingress(inputs);
  if (isAws(resource, "SecurityGroup", "DefaultSecurityGroup"))
    return records(inputs.ingress).flatMap(ingress);
  if (isAws(resource, "LoadBalancer")) return inputs.internal === true ? [] : ["a public load balancer"];
  if (isAws(resource, "FunctionUrl") && inputs.authorizationType === "NONE")
    return ["a function's URL for all"];
  if (inputs.publiclyAccessible === true) return ["publicly accessible"];
  if (isAws(resource, "Instance") && inputs.associatePublicIpAddress === true) return ["a public address"];
  if (isAws(resource, "BucketPublicAccessBlock")) {
    const locks = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
    return locks.filter((lock) => inputs[lock] !== true).map((lock) => `${lock} is off`);
  }
  if (isAws(resource, "BucketPolicy", "QueuePolicy", "TopicPolicy", "KeyPolicy"))
    return forEverybody(inputs.policy);
  return [];
}

function ingress(rule: Record<string, unknown>): string[] {
  const cidrs = [rule.cidrBlocks, rule.ipv6CidrBlocks].flatMap((list) => (Array.isArray(list) ? list : []));
  return everywhere(cidrs, rule);
}

function everywhere(cidrs: readonly unknown[], rule: Record<string, unknown>): string[] {
  return cidrs.filter(isWide).map((cidr) => `${ports(rule)} from ${String(cidr)}`);
}

function isWide(cidr: unknown): boolean {
  const [address = "", prefix] = String(cidr).split("/");
  return prefix !== undefined && Number(prefix) <= (address.includes(":") ? WIDE.ipv6 : WIDE.ipv4);
}

function ports(rule: Record<string, unknown>): string {
  const protocol = String(rule.ipProtocol ?? rule.protocol ?? "-1");
  if (protocol === "-1") return "every port";
  const { fromPort, toPort } = rule;
  return `${protocol} ${fromPort === toPort ? String(fromPort) : `${String(fromPort)}-${String(toPort)}`}`;
}

/** Statements of a policy that allow something to whoever comes, on no condition. */
function forEverybody(policy: unknown): string[] {
  let document: unknown = policy;
  if (typeof policy === "string") {
    try {
      document = JSON.parse(policy);
    } catch {
      return [];
    }
  }
  const statements = isObject(document) ? [document.Statement].flat().filter(isObject) : [];
  const everybody = ({ Principal }: Record<string, unknown>) =>
    Principal === "*" || (isObject(Principal) && Object.values(Principal).flat().includes("*"));
  return statements
    .filter((statement) => statement.Effect === "Allow" && !statement.Condition && everybody(statement))
    .map((statement) => `a policy that allows ${[statement.Action].flat().join(", ")} to everybody`);
}
