import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import { declare } from "../../support/stack";

const fixture = {
  directory: join(__dirname, "fixtures", "shared-listener"),
  project: "shared-listener",
};
const declareServices = (services: Record<string, object>, more: Record<string, unknown> = {}) =>
  declare({ services, ...more }, fixture);

const SHOP = { service: "shop", hosts: ["shop.example.com"] };
const API = { service: "api", hosts: ["shop.example.com"], paths: ["/api/*"] };

describe("components: services that share a listener", function () {
  this.timeout(60_000);

  it("shared listener: rules have the conditions of their service, and the test rules come first", async () => {
    const { graph, declared } = await declareServices({
      shop: SHOP,
      api: API,
      beta: { service: "beta", headers: [{ name: "x-beta", values: ["1"] }] },
    });
    const rule = (name: string) => declared.get("lb/listenerRule:ListenerRule", name).inputs;
    const host = { hostHeader: { values: ["shop.example.com"] } };
    const path = { pathPattern: { values: ["/api/*"] } };
    const header = (httpHeaderName: string, value: string) => ({
      httpHeader: { httpHeaderName, values: [value] },
    });
    assert.deepEqual(rule("shop-production").conditions, [host]);
    assert.deepEqual(rule("api-production").conditions, [host, path]);
    assert.deepEqual(rule("beta-production").conditions, [header("x-beta", "1")]);
    assert.deepEqual(rule("api-green").conditions, [
      header("x-changeover-color", "green"),
      header("x-changeover-service", "api"),
      host,
      path,
    ]);
    assert.deepEqual((graph.outputs.headers as Record<string, object>).api, {
      blue: { "x-changeover-color": "blue", "x-changeover-service": "api" },
      green: { "x-changeover-color": "green", "x-changeover-service": "api" },
    });
    const order = ["api-blue", "api-production", "shop-production", "beta-production"].map(
      (name) => rule(name).priority,
    );
    assert.deepEqual(
      order,
      [...order].sort((left, right) => left - right),
    );
    assert.equal(rule("api-green").priority, rule("api-blue").priority + 1);
    for (const name of ["shop-green", "beta-green"])
      assert.ok(rule(name).priority < rule("api-production").priority);
  });

  for (const late of [false, true]) {
    const known = late ? "an output" : "known";
    const { service, ...unnamed } = API;

    it(`shared listener (${known}): fleets whose test requests could reach each other are rejected`, async () => {
      await assert.rejects(
        declareServices({ shop: SHOP, api: { ...unnamed, colorRulePriority: 400 } }, { late }),
        /BlueGreenFleet "api": service must be a name of its own, .* BlueGreenFleet "shop" .*, which has "shop", got nothing\./,
      );
    });

    it(`shared listener (${known}): equal priorities are rejected`, async () => {
      await assert.rejects(
        declareServices({ shop: SHOP, api: { ...API, priority: 35_107 } }, { late }),
        /ProductionRule "api": priority must be a number that no other rule of the listener has; ProductionRule "shop" has 35107, got 35107\./,
      );
    });
  }

  it("shared listener: fleets with one name below different parents are rejected", async () => {
    await assert.rejects(
      declareServices({ web: {}, team: { nested: "web" } }),
      /BlueGreenFleet "web": service must be a name of its own, .* could reach another BlueGreenFleet "web" /,
    );
  });

  it("shared listener: services with one name below different parents are rejected, whatever the priorities are", async () => {
    const other = { nested: "web", hosts: ["b.example.com"], priority: 31_000, colorRulePriority: 300 };
    await assert.rejects(
      declareServices({ web: { hosts: ["a.example.com"] }, team: other }, { whole: true }),
      /BlueGreenService "web": name must be a name of its own, .* another BlueGreenService "web" .* Rename one/,
    );
  });

  it("shared listener: several services with hosts of their own are declared", async () => {
    const services = Object.fromEntries(["a", "b"].map((name) => [name, { hosts: [`${name}.example.com`] }]));
    const { declared } = await declareServices(services, { whole: true });
    for (const name of ["a", "b"]) declared.get("lb/listenerRule:ListenerRule", `${name}-production`);
  });

  it("shared listener: all errors of a service name its own args, in one message", async () => {
    const shop = { hosts: ["shop.example.com"] };
    const wrong = { nested: "Shop", ...shop, bakeMinutes: 500, versions: { green: "bad ver" } };
    await assert.rejects(declareServices({ shop, team: wrong }, { whole: true }), ({ message }: Error) => {
      const keys = [...message.matchAll(/BlueGreenService "Shop": (\S+) must be /g)].map(([, key]) => key);
      assert.deepEqual(keys.sort(), ["bakeMinutes", "hosts", "name", "versions.blue", "versions.green"]);
      assert.doesNotMatch(message, /BlueGreenFleet|ProductionRule/);
      return true;
    });
    await assert.rejects(
      declareServices({ shop: { priority: 50, colorRulePriority: 50 } }, { whole: true }),
      ({ message }: Error) => {
        assert.equal(message.match(/must be/g)?.length, 1);
        assert.match(message, /BlueGreenService "shop": priority must be above 51, /);
        return true;
      },
    );
  });

  it("shared listener: a rule that would take all requests of another service is rejected", async () => {
    await assert.rejects(
      declareServices({ shop: { ...SHOP, priority: 20_000 }, api: { ...API, priority: 20_001 } }),
      /ProductionRule "api": priority must be below 20000, because ProductionRule "shop" would take its requests/,
    );
  });

  it("shared listener: more values than AWS allows for one rule are rejected", async () => {
    const hosts = ["a.example.com", "b.example.com", "c.example.com", "d.example.com"];
    await assert.rejects(
      declareServices({ shop: { service: "shop", hosts } }),
      /BlueGreenFleet "shop": hosts must be at most 3 values .*\(AWS allows 5 a rule, and the component adds 2\), got 4 values\./,
    );
  });
});
