import { INGRESS, type Ingress, ingressOf, isWide } from "../../aws/security-group-rules";
import type { Graph, GraphResource } from "../../engine/program/graph";
import { parseUrn } from "../../engine/state/urn";
import { containsUnknown } from "../../engine/values/values";
import { jsonObject } from "../common/json";
import { byFormerUrn, type Comparison, isAws, isObject, listed, plainInputs } from "../compare/comparison";
import type { Answer } from "./answer";
import { strangers } from "./unknown-packages";

/** What keeps a bucket private whatever its policy says. */
const LOCKS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
type Inputs = Record<string, unknown>;

/** What can open something to strangers. */
interface Door {
  /** AWS types by their last part; without them, any. */
  readonly types?: readonly string[];
  /** The inputs that decide. */
  readonly inputs: readonly string[];
  /** What is open with these inputs, in words. */
  readonly open: (inputs: Inputs, resource: GraphResource) => string[];
}

const DOORS: readonly Door[] = [
  { ...INGRESS, open: (_inputs, resource) => ingressOf(resource).flatMap(everywhere) },
  {
    types: ["BucketPolicy", "QueuePolicy", "TopicPolicy", "KeyPolicy"],
    inputs: ["policy"],
    open: ({ policy }) => forEverybody(policy),
  },
  {
    types: ["LoadBalancer"],
    inputs: ["internal"],
    open: ({ internal }) => (internal === true ? [] : ["a public load balancer"]),
  },
  {
    types: ["FunctionUrl"],
    inputs: ["authorizationType"],
    open: ({ authorizationType }) => (authorizationType === "NONE" ? ["a function's URL for all"] : []),
  },
  {
    types: ["Instance"],
    inputs: ["associatePublicIpAddress"],
    open: (inputs) => (inputs.associatePublicIpAddress === true ? ["a public address"] : []),
  },
  {
    types: ["BucketPublicAccessBlock"],
    inputs: LOCKS,
    open: (inputs) => LOCKS.filter((lock) => inputs[lock] !== true).map((lock) => `${lock} is off`),
  },
  {
    inputs: ["publiclyAccessible"],
    open: ({ publiclyAccessible }) => (publiclyAccessible === true ? ["publicly accessible"] : []),
  },
];

/** What is exposed to the internet that was not, and what no longer is. */
export function exposureAnswer(comparison: Comparison): Answer {
  const { base, head } = comparison;
  const [before, after] = [exposures(base, base), exposures(head, base)];
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
    const others = strangers(comparison, ["create", "import", "update", "replace"]);
    if (others !== undefined) {
      const text = `Nothing new is seen to be open to the internet${rest}, but what ${others} opens this preview does not know.`;
      return { topic: "exposure", level: "attention", text, details };
    }
    return { topic: "exposure", level: "good", text: `Nothing new is open to the internet${rest}.`, details };
  }
  const what = opened.length === 1 ? opened[0] : `${opened.length} things`;
  return { topic: "exposure", level: "attention", text: `Newly open to the internet: ${what}.`, details };
}

/** Resources that may open something, in an input that nobody could read. */
function unreadable({ resources }: Graph): string[] {
  const isHidden = ({ inputs }: GraphResource, door: Door) =>
    door.inputs.some((key) => containsUnknown(inputs[key] ?? null));
  return resources
    .filter((resource) => doorsOf(resource).some((door) => isHidden(resource, door)))
    .map(({ name }) => name);
}

/**
 * Everything that strangers can reach, by resource and what about it. A rule of a security group is that group's, as one
 * that stands in the group itself is.
 */
function exposures(graph: Graph, base: Graph): Map<string, string> {
  const found = new Map<string, string>();
  const resources = [...byFormerUrn(graph, base)];
  const groups = resources.flatMap(([urn, each]) => (isAws(each, "SecurityGroup") ? parseUrn(urn).name : []));
  for (const [urn, resource] of resources) {
    const [rule] = isAws(resource, ...INGRESS.types) ? ingressOf(resource, parseUrn(urn).name) : [];
    const isOne = groups.filter((each) => each === rule?.group).length === 1;
    const owner = isOne ? rule?.group : urn;
    for (const what of doorsOf(resource).flatMap(({ open }) => open(plainInputs(resource), resource))) {
      found.set(`${owner} ${what}`, `${resource.name} (${what})`);
    }
  }
  return found;
}

function doorsOf(resource: GraphResource): Door[] {
  if (!resource.custom || resource.read) return [];
  return DOORS.filter(({ types }) => types === undefined || isAws(resource, ...types));
}

function everywhere(ingress: Ingress): string[] {
  return ingress.cidrs.filter(isWide).map((cidr) => `${ports(ingress)} from ${cidr}`);
}

function ports({ protocol, fromPort, toPort }: Ingress): string {
  if (protocol === "-1") return "every port";
  return `${protocol} ${fromPort === toPort ? String(fromPort) : `${String(fromPort)}-${String(toPort)}`}`;
}

/** Statements of a policy that allow something to whoever comes, on no condition. */
function forEverybody(policy: unknown): string[] {
  const document = isObject(policy) ? policy : jsonObject(policy);
  const statements = [document?.Statement].flat().filter(isObject);
  const everybody = ({ Principal }: Inputs) =>
    Principal === "*" || (isObject(Principal) && Object.values(Principal).flat().includes("*"));
  return statements
    .filter((statement) => statement.Effect === "Allow" && !statement.Condition && everybody(statement))
    .map((statement) => `a policy that allows ${[statement.Action].flat().join(", ")} to everybody`);
}
