import { type Comparison, isAws, listed, plainInputs } from "../compare/comparison";
import type { Answer } from "./answer";
import { lostNames } from "./dns-names";
import { answerOf, attention, danger, type Finding } from "./finding";
import { type Balancer, balancersOf, type Listener } from "./load-balancers";
import { strangers } from "./unknown-packages";

/** Ports that browsers call by themselves. */
const BROWSED = [80, 443];

/** Do users still get in by the address that they know, encrypted. Undefined while nothing of that is lost. */
export function entranceAnswer(comparison: Comparison): Answer | undefined {
  // What is new there may be the new entrance.
  if (strangers(comparison, ["create", "import"]) !== undefined) return undefined;
  const { base, head } = comparison;
  const [before, after] = [balancersOf(base, base), balancersOf(head, base)];
  const findings = [...after].flatMap(([key, next]): Finding[] => {
    const old = before.get(key);
    // That nobody is served at all is told elsewhere.
    if (old === undefined || old.listeners.length === 0 || next.listeners.length === 0) return [];
    if (old.isPublic && !next.isPublic)
      return [danger(`${next.name} becomes internal: nobody outside reaches it.`)];
    return [...withoutHttps(old, next), ...goneListeners(old, next), ...closedPorts(old, next)];
  });
  findings.push(
    ...renamed(comparison),
    ...lostNames(comparison).map(({ name, leadsTo }) => {
      const text = `The DNS name ${name} leads nowhere any more.`;
      return leadsTo.some((each) => after.has(each)) ? danger(text) : attention(text);
    }),
  );
  return answerOf("entrance", findings);
}

function withoutHttps(old: Balancer, next: Balancer): Finding[] {
  if (losesHttps(old, next)) {
    const text = `${next.name} no longer takes HTTPS: what is sent there travels in clear.`;
    return [next.isPublic === false ? attention(text) : danger(text)];
  }
  return old.listeners.flatMap(({ urn, redirectsToHttps }) => {
    const listener = next.listeners.find((each) => each.urn === urn);
    if (!redirectsToHttps || !listener || !isPlain(listener) || !listener.forwards) return [];
    return [danger(`${listener.name} serves in clear those whom it led to HTTPS.`)];
  });
}

function losesHttps(old: Balancer, next: Balancer): boolean {
  return old.listeners.some(({ protocol }) => protocol === "HTTPS") && next.listeners.every(isPlain);
}

/** Ports at which nothing listens any more. Inside of the program, whoever calls a load balancer follows it. */
function goneListeners(old: Balancer, next: Balancer): Finding[] {
  if (next.isPublic === false) return [];
  const ports = next.listeners.map(({ port }) => port);
  const gone = old.listeners
    .filter(({ port }) => !ports.includes(port))
    .filter((listener) => isPlain(listener) || !losesHttps(old, next));
  if (gone.length === 0) return [];
  const text = `Nothing listens any more at ${named(gone)} of ${next.name}.`;
  const isCalled = ({ port, redirectsToHttps }: Listener) => BROWSED.includes(port) && !redirectsToHttps;
  return [gone.some(isCalled) ? danger(text) : attention(text)];
}

function closedPorts(old: Balancer, next: Balancer): Finding[] {
  const ports = new Set(old.listeners.filter(isTcp).map(({ port }) => port));
  const open = next.listeners.filter(({ port }) => ports.has(port) && old.lets(port) === "strangers");
  const closed = open.filter(({ port }) => next.lets(port) === "nobody");
  const narrowed = open.filter(({ port }) => next.lets(port) === "some");
  const found: Finding[] = [];
  if (closed.length > 0) found.push(danger(`Nobody is let in any more at ${named(closed)} of ${next.name}.`));
  if (narrowed.length > 0)
    found.push(attention(`The internet is no longer let in at ${named(narrowed)} of ${next.name}.`));
  return found;
}

/** Public load balancers that get another name from AWS, and nothing in the program that leads users there. */
function renamed({ head, steps }: Comparison): Finding[] {
  const internal = head.resources.filter((each) => plainInputs(each).internal === true).map(({ urn }) => urn);
  const isFollowed = head.resources
    .filter((each) => isAws(each, "Record", "Distribution", "EndpointGroup"))
    .some((each) => JSON.stringify(plainInputs(each)).includes("<new LoadBalancer:"));
  if (isFollowed) return [];
  return steps
    .filter(
      ({ op, type, urn }) => op === "replace" && isAws({ type }, "LoadBalancer") && !internal.includes(urn),
    )
    .filter(({ replaceReasons }) => !replaceReasons.includes("internal"))
    .map(({ name }) =>
      attention(`${name} is replaced, and AWS gives it another name: users have to know it.`),
    );
}

function isPlain({ protocol }: Listener): boolean {
  return protocol === "HTTP";
}

function isTcp({ protocol }: Listener): boolean {
  return ["HTTP", "HTTPS", "TCP", "TLS"].includes(protocol);
}

function named(listeners: readonly Listener[]): string {
  const ports = [...new Set(listeners.map(({ port }) => port))].sort((a, b) => a - b);
  return `port ${listed(ports.map(String))}`;
}
