import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Graph, GraphResource } from "../../../engine/program/graph";
import { NO_OPTIONS } from "../../../engine/program/registration";
import type { Alias } from "../../../engine/state/aliases";
import { formatUrn, qualifyType } from "../../../engine/state/urn";
import { outputPlaceholders } from "../../../preview/evaluate/output-placeholders";

describe("preview placeholders:", () => {
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

  it("an alias of a resource or of its component keeps the placeholder", () => {
    const shop = at("changeover:index:LoadBalancer", "shop");
    const key = at("aws:kms/key:Key", "k");
    const group = at("aws:lb/targetGroup:TargetGroup", "shop-blue", shop.urn);
    const placeholdersOf = outputPlaceholders(graph(shop, key, group));
    const store = at("changeover:index:LoadBalancer", "store", undefined, [{ name: "shop" }]);
    placeholdersOf(store);
    const renamed = at("aws:kms/key:Key", "database-key", undefined, [{ name: "k" }]);
    assert.equal(placeholdersOf(renamed).outputs?.arn, "<Key:k.arn>");
    const child = at("aws:lb/targetGroup:TargetGroup", "store-blue", store.urn);
    assert.equal(placeholdersOf(child).outputs?.arn, "<TargetGroup:shop-blue.arn>");
    const other = at("aws:kms/key:Key", "other");
    assert.equal(placeholdersOf(other).outputs?.arn, "<Key:other.arn>");
  });

  it("a resource with another parent or type and no alias gets new placeholders", () => {
    const shop = at("changeover:index:Shop", "shop");
    const placeholdersOf = outputPlaceholders(
      graph(shop, at("aws:lb/loadBalancer:LoadBalancer", "web", shop.urn)),
    );
    const [moved, other] = [
      at("aws:lb/loadBalancer:LoadBalancer", "web"),
      at("aws:lb/listener:Listener", "web"),
    ];
    assert.equal(placeholdersOf(moved).outputs?.arn, "<new LoadBalancer:web.arn>");
    assert.equal(placeholdersOf(other).outputs?.arn, "<Listener:web.arn>");
    const typed = at("aws:alb/loadBalancer:LoadBalancer", "web", shop.urn);
    assert.equal(placeholdersOf(typed).outputs?.dnsName, "<new LoadBalancer:web.dnsName>");
  });
});
