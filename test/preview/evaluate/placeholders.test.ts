import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import type { Graph, GraphResource } from "../../../engine/program/graph";
import { NO_OPTIONS } from "../../../engine/program/registration";
import type { Alias } from "../../../engine/state/aliases";
import { formatUrn, qualifyType } from "../../../engine/state/urn";
import { COMPUTED, NAMED_BY, symbolsFor, VERSIONS } from "../../../preview/evaluate/placeholders";

describe("symbols for what only a cloud tells", () => {
  const named = Object.entries(NAMED_BY).map(([type, output]): [string, readonly string[]] => [
    type,
    [output],
  ]);
  for (const [type, outputs] of [...Object.entries(COMPUTED), ...Object.entries(VERSIONS), ...named]) {
    it(`are of outputs that ${type} has: ${outputs.join(", ")}`, () => {
      const declared = declaredOutputs(type);
      for (const output of outputs)
        assert.match(declared.get(output) ?? "none", /^(string|number)\b/, output);
    });
  }
});

describe("symbols of what has another name now", () => {
  const at = (type: string, name: string, parent?: string, aliases: readonly Alias[] = []): GraphResource => {
    const qualifiedType = qualifyType(type, parent);
    return {
      ...{ urn: formatUrn({ stack: "dev", project: "p", qualifiedType, name }), type, name, parent },
      ...{
        custom: type.startsWith("aws:"),
        remote: false,
        inputs: {},
        dependencies: [],
        propertyDependencies: {},
      },
      ...{ options: { ...NO_OPTIONS, aliases }, read: false },
    };
  };
  const graph = (...resources: GraphResource[]): Graph => ({
    ...{ project: "p", stack: "dev", resources, outputs: {}, placeholders: [], messages: [] },
  });

  it("stay the same by an alias, of its own or of a component around it", () => {
    const shop = at("changeover:index:LoadBalancer", "shop");
    const key = at("aws:kms/key:Key", "k");
    const group = at("aws:lb/targetGroup:TargetGroup", "shop-blue", shop.urn);
    const of = symbolsFor(graph(shop, key, group));
    const store = at("changeover:index:LoadBalancer", "store", undefined, [{ name: "shop" }]);
    of(store);
    const renamed = at("aws:kms/key:Key", "database-key", undefined, [{ name: "k" }]);
    assert.equal(of(renamed).outputs?.arn, "<Key:k.arn>");
    const child = at("aws:lb/targetGroup:TargetGroup", "store-blue", store.urn);
    assert.equal(of(child).outputs?.arn, "<TargetGroup:shop-blue.arn>");
    const other = at("aws:kms/key:Key", "other");
    assert.equal(of(other).outputs?.arn, "<Key:other.arn>");
  });

  it("are new ones of what has left its parent, or has another type, and no alias", () => {
    const shop = at("changeover:index:Shop", "shop");
    const of = symbolsFor(graph(shop, at("aws:lb/loadBalancer:LoadBalancer", "web", shop.urn)));
    const [moved, other] = [
      at("aws:lb/loadBalancer:LoadBalancer", "web"),
      at("aws:lb/listener:Listener", "web"),
    ];
    assert.equal(of(moved).outputs?.arn, "<new LoadBalancer:web.arn>");
    assert.equal(of(other).outputs?.arn, "<Listener:web.arn>");
    const typed = at("aws:alb/loadBalancer:LoadBalancer", "web", shop.urn);
    assert.equal(of(typed).outputs?.dnsName, "<new LoadBalancer:web.dnsName>");
  });
});

/** What the SDK's types say that a resource has, by its output. */
function declaredOutputs(type: string): Map<string, string> {
  const [provider, module = ""] = type.split(":");
  const sdk = dirname(require.resolve(`@pulumi/${provider}/package.json`));
  const file = join(sdk, `${module.replace(/^index\//, "")}.d.ts`);
  assert.ok(existsSync(file), file);
  const [declaration = ""] =
    /^export declare class [\s\S]*?\n {4}constructor/m.exec(readFileSync(file, "utf8")) ?? [];
  return new Map(
    [...declaration.matchAll(/^ {4}readonly (\w+): pulumi\.Output<(.*)>;$/gm)].map(
      ([, name = "", of = ""]) => [name, of],
    ),
  );
}
