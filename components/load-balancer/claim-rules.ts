import * as pulumi from "@pulumi/pulumi";
import { isPluginProcess } from "../functions/plugin-process";
import type { ComponentSpec } from "../validation/args-spec";
import { whenKnown } from "../validation/output-text";
import { isOutput } from "../validation/unknown";
import {
  type ComponentClass,
  throwIssues,
  validateArgs,
  type WithDefaults,
} from "../validation/validate-args";
import type { ValidationIssue } from "../validation/validation-issue";
import { claimIssues } from "./claim-issues";
import type { ListenerClaim } from "./listener-claims";
import { HOST, type RequestConditionArgs } from "./request-conditions";

interface Holder {
  readonly source: string;
  /** Distinguishes components with equal names and different parents. */
  readonly path: string;
  /** Claims with hosts that are outputs change when the hosts are known. */
  claims: readonly ListenerClaim[];
}

/** The rules of one run of a program, by listener: its ARN, or the output that resolves to it. */
type Holders = Map<unknown, Holder[]>;

const holdersOfMonitor = new WeakMap<object, Holders>();

/** A plugin has a new monitor for each component; all monitors of one run have the same address. */
const holdersOfAddress = new Map<string, Holders>();

/** The client of the monitor, without its type in `@grpc/grpc-js`. */
interface GrpcClient {
  getChannel?(): { getTarget(): string };
}

function holdersOfRun(): Holders {
  const monitor = pulumi.runtime.hasMonitor() ? pulumi.runtime.getMonitor() : undefined;
  if (monitor === undefined || isPluginProcess()) {
    const address = (monitor as GrpcClient | undefined)?.getChannel?.().getTarget();
    return entry(holdersOfAddress, address ?? "", () => new Map());
  }
  return entry(holdersOfMonitor, monitor, () => new Map());
}

function entry<Key extends object | string, Value>(
  map: { get(key: Key): Value | undefined; set(key: Key, value: Value): unknown },
  key: Key,
  make: () => Value,
): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

interface RuleArgs extends RequestConditionArgs {
  listenerArn: pulumi.Input<string>;
}

/** The args of all components from which the rules follow. */
const RULE_ARGS = [
  ...["name", "listenerArn", "hosts", "paths", "headers"],
  ...["service", "colorRulePriority", "priority"],
];

/**
 * Checks the args of a component with listener rules, also beside the rules that the program declared before on the same
 * listener.
 *
 * @returns the args with their defaults, and the listener's ARN. If the ARN or a host is an output, it fails when its value
 * leads to rules that are not allowed beside those of another component.
 * @throws pulumi.InputPropertiesError with all issues
 */
export function validateRuleArgs<Args extends RuleArgs, Spec extends ComponentSpec<Args>>(
  component: ComponentClass<Spec>,
  name: string,
  args: Args,
  opts: pulumi.ComponentResourceOptions | undefined,
  claimsOf: (args: Args) => readonly ListenerClaim[],
): { readonly settings: WithDefaults<Args, Spec>; readonly listenerArn: pulumi.Input<string> } {
  const parent = opts?.parent;
  // The rules of a part were checked with the whole component.
  if (parent !== undefined && checkedParents.has(parent)) {
    return { settings: validateArgs(component, name, args, opts), listenerArn: args.listenerArn };
  }
  const holders = holdersOfRun();
  const path = `${pathOf(parent)}/${component.name}:${name}`;
  const settings = validateArgs(component, name, args, opts, {
    reads: RULE_ARGS as (keyof Args & string)[],
    check: () => claimIssues(claimsOf(args), otherClaims(holders, args.listenerArn, path)),
  });
  const holder: Holder = { source: `${component.name} "${name}"`, path, claims: claimsOf(args) };
  const listeners = new Set<unknown>([args.listenerArn]);
  hold(holders, args.listenerArn, holder);
  const compare = (listener: unknown) =>
    throwIssues(holder.source, claimIssues(holder.claims, otherClaims(holders, listener, path)));

  const { hosts } = args;
  if (hosts?.some(isOutput)) {
    const known = whenKnown(pulumi.all(hosts), (values) => {
      throwIssues(holder.source, values.flatMap(hostIssue));
      holder.claims = claimsOf({ ...args, hosts: values });
      for (const listener of listeners) compare(listener);
    });
    Object.assign(settings, {
      hosts: hosts.map((host, index) => (isOutput(host) ? known.apply((values) => values[index]) : host)),
    });
  }
  if (!isOutput(args.listenerArn)) return { settings, listenerArn: args.listenerArn };
  const listenerArn = whenKnown(settings.listenerArn, (arn) => {
    compare(arn);
    listeners.add(arn);
    hold(holders, arn, holder);
  });
  return { settings, listenerArn };
}

/** A mistake that no mock of a unit test makes. */
function hostIssue(host: unknown, index: number): ValidationIssue[] {
  if (typeof host !== "string" || !/[/:\s]/.test(host)) return [];
  const { allowed } = HOST;
  return [{ key: `hosts[${index}]`, allowed, got: host, remedy: "Give the name alone." }];
}

function otherClaims(holders: Holders, listener: unknown, path: string): ListenerClaim[] {
  return (holders.get(listener) ?? []).filter((each) => each.path !== path).flatMap(({ claims }) => claims);
}

function hold(holders: Holders, listener: unknown, holder: Holder): void {
  const others = (holders.get(listener) ?? []).filter(({ path }) => path !== holder.path);
  holders.set(listener, [...others, holder]);
}

const checkedParents = new WeakSet<pulumi.Resource>();

/** Marks a component whose rules were checked, so that its parts are not checked again. */
export function skipRuleChecksOfParts(component: pulumi.ComponentResource): void {
  checkedParents.add(component);
}

interface NamedResource {
  readonly __name?: string;
  readonly __pulumiType?: string;
  readonly __parentResource?: pulumi.Resource;
}

const anonymous = new WeakMap<pulumi.Resource, number>();
let lastAnonymous = 0;

/**
 * The types and names of a resource and its parents, as in a URN, which is known too late. In unit tests, a component may be
 * declared several times. A parent in another process has no name, so it counts as itself.
 */
function pathOf(resource: pulumi.Resource | undefined): string {
  if (resource === undefined) return "";
  const { __name, __pulumiType, __parentResource } = resource as NamedResource;
  const own =
    __name === undefined
      ? `#${entry(anonymous, resource, () => ++lastAnonymous)}`
      : `${__pulumiType}:${__name}`;
  return `${pathOf(__parentResource)}/${own}`;
}
