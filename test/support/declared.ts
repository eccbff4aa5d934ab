import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { Graph } from "../../engine/program/graph";
import type { StackState } from "../../engine/state/stack-state";
import { parseUrn } from "../../engine/state/urn";
import { toPlain } from "../../engine/values/codec";
import type { Properties } from "../../engine/values/values";

export interface DeclaredResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly protect: boolean;
  readonly dependencies: readonly string[];
  /** Inputs with `Secret` values. */
  readonly raw: Properties;
  /** Inputs with secrets in clear. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read nested inputs of many types, and fail where one is missing.
  readonly inputs: any;
}

/** The resources that a program declared, with queries. */
export class Declared {
  private readonly byUrn: ReadonlyMap<string, DeclaredResource>;

  constructor(readonly resources: readonly DeclaredResource[]) {
    this.byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  }

  static inGraph(graph: Graph): Declared {
    return new Declared(
      graph.resources.map(({ urn, type, name, custom, inputs, dependencies, options }) => {
        const protect = options.protect ?? false;
        return { urn, type, name, custom, dependencies, protect, raw: inputs, inputs: toPlain(inputs) };
      }),
    );
  }

  static inState(state: StackState): Declared {
    return new Declared(
      [...state.resources.values()].map(({ urn, type, custom, inputs, dependencies, protect = false }) => {
        const { name } = parseUrn(urn);
        return { urn, type, name, custom, dependencies, protect, raw: inputs, inputs: toPlain(inputs) };
      }),
    );
  }

  /** "type name" of each, sorted. */
  get names(): string[] {
    return this.resources.map(label).sort();
  }

  /** All of a type, such as `lb/listenerRule:ListenerRule`. */
  of(type: string): DeclaredResource[] {
    return this.resources.filter((resource) => resource.type === `aws:${type}` || resource.type === type);
  }

  /** Fails unless exactly one resource has this type and name. */
  get(type: string, name: string): DeclaredResource {
    const [found, ...more] = this.of(type).filter((each) => [each.name, shortName(each.name)].includes(name));
    assert.ok(
      found,
      `${type} ${name} is not declared; there are ${this.of(type)
        .map((each) => each.name)
        .join(", ")}`,
    );
    assert.equal(more.length, 0, `${type} ${name} is declared twice`);
    return found;
  }

  /** True if `later` depends on `earlier`, directly or through others. */
  waitsFor(later: DeclaredResource, earlier: DeclaredResource): boolean {
    const seen = new Set<string>();
    const look = (urn: string): boolean => {
      if (seen.has(urn)) return false;
      seen.add(urn);
      return (this.byUrn.get(urn)?.dependencies ?? []).some((next) => next === earlier.urn || look(next));
    };
    return look(later.urn);
  }

  /** Fails unless each resource depends on the one before it. */
  assertChain(...chain: readonly DeclaredResource[]): void {
    for (const [index, later] of chain.entries()) {
      const earlier = chain[index - 1];
      if (earlier)
        assert.ok(this.waitsFor(later, earlier), `${label(later)} does not depend on ${label(earlier)}`);
    }
  }

  /** Fails if a resource depends on itself. */
  assertNoCycle(): void {
    for (const resource of this.resources) {
      assert.ok(!this.waitsFor(resource, resource), `${label(resource)} depends on itself`);
    }
  }
}

/** The name of an artifact without its digest, which depends on the sources. */
function shortName(name: string): string {
  return name.replace(/-[0-9a-f]{12}(\.\w+)$/, "$1");
}

export function label({ type, name }: Pick<DeclaredResource, "type" | "name">): string {
  return `${type.replace(/^aws:/, "")} ${shortName(name)}`;
}

/** Differences of two declarations without components, as "create lb/listenerRule:ListenerRule dev-edge-production", sorted. */
export function differences(before: Declared, after: Declared): string[] {
  const inCloud = ({ resources }: Declared) =>
    resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
  const olds = new Map(inCloud(before).map((resource) => [resource.urn, resource]));
  const news = new Set(inCloud(after).map(({ urn }) => urn));
  const made = inCloud(after).flatMap((resource) => {
    const old = olds.get(resource.urn);
    if (old === undefined) return [`create ${label(resource)}`];
    return isDeepStrictEqual(old.inputs, resource.inputs) ? [] : [`change ${label(resource)}`];
  });
  const gone = inCloud(before)
    .filter(({ urn }) => !news.has(urn))
    .map((each) => `delete ${label(each)}`);
  return [...made, ...gone].sort();
}
