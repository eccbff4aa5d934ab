import assert from "node:assert/strict";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { readProductionRule, setWeights, writeRecord } from "../../../traffic/production-rule";
import { clientSettings } from "../../simulator/stack";
import { type ServiceRoute, ServicesSite } from "./support/services-site";

const ROUTES: Record<string, ServiceRoute> = {
  shop: { hosts: ["www.example.com"], example: { host: "www.example.com" } },
  orders: {
    hosts: ["www.example.com"],
    paths: ["/orders/*"],
    example: { host: "www.example.com", path: "/orders/1" },
  },
  admin: { hosts: ["admin.example.com"], example: { host: "admin.example.com" } },
};

describe("three services on a foreign listener, in the simulator", function () {
  this.timeout(280_000);
  let site: ServicesSite;

  before(async () => {
    site = await ServicesSite.open(ROUTES);
  });
  after(() => site?.close());

  const both = { blue: "1.0.0", green: "1.1.0" };
  const next = { blue: "1.2.0", green: "1.1.0" };

  it("services: are deployed, and their hosts and paths reach them", async () => {
    await site.up();
    for (const service of Object.keys(ROUTES))
      assert.deepEqual(await site.versionsOf(service), ["blue 1.0.0"]);
  });

  it("services: an update without a change changes nothing", async () => {
    assert.deepEqual(await site.up(), []);
  });

  it("services: a version is deployed to the color without traffic, and only that color changes", async () => {
    const changes = await site.up({ shop: { live: "blue", versions: both } });
    assert.deepEqual(
      changes.filter((change) => !change.includes("shop-green")),
      [],
    );
    assert.ok(changes.includes("create autoscaling/group:Group shop-green-1.1.0"));
    const headers = { "x-changeover-color": "green", "x-changeover-service": "shop" };
    assert.equal((await site.ask("shop", headers)).version, "1.1.0");
    assert.deepEqual(await site.versionsOf("shop"), ["blue 1.0.0"]);
  });

  it("services: a canary gets its share after a check, and the other services do not change", async () => {
    const changes = await site.up({ shop: { live: "blue", versions: both, canaryPercent: 30 } });
    assert.deepEqual(changes, [
      "create lambda/invocation:Invocation shop-canary",
      "update lb/listenerRule:ListenerRule shop-production",
    ]);
    assert.deepEqual(await site.versionsOf("shop"), ["blue 1.0.0", "green 1.1.0"]);
    assert.deepEqual(await site.versionsOf("orders"), ["blue 1.0.0"]);
    assert.deepEqual(await site.up(), []);
  });

  it("services: a flip replaces the check and updates the rule, and nothing else", async () => {
    assert.deepEqual(await site.up({ shop: { live: "green", versions: both } }), [
      "delete lambda/invocation:Invocation shop-canary",
      "replace lambda/invocation:Invocation shop-live",
      "update lb/listenerRule:ListenerRule shop-production",
    ]);
    assert.deepEqual(await site.versionsOf("shop"), ["green 1.1.0"]);
    assert.equal(await site.gateMode("shop-live"), "forward");
    assert.deepEqual(await site.up(), []);
  });

  it("services: a return within the rollback window is checked as a rollback", async () => {
    assert.deepEqual(await site.up({ shop: { live: "blue", versions: both } }), [
      "replace lambda/invocation:Invocation shop-live",
      "update lb/listenerRule:ListenerRule shop-production",
    ]);
    assert.deepEqual(await site.versionsOf("shop"), ["blue 1.0.0"]);
    assert.equal(await site.gateMode("shop-live"), "rollback");
  });

  it("services: a second version of a color replaces its instances, and can be flipped to", async () => {
    await site.up({ shop: { live: "green", versions: both } });
    const changes = await site.up({ shop: { live: "green", versions: next } });
    // The rule's tags have the memory of what each color served.
    assert.deepEqual(
      changes.filter((change) => !change.includes("shop-blue")),
      ["update lb/listenerRule:ListenerRule shop-production"],
    );
    const headers = { "x-changeover-color": "blue", "x-changeover-service": "shop" };
    assert.equal((await site.ask("shop", headers)).version, "1.2.0");
    assert.deepEqual(await site.up(), []);
    await site.up({ shop: { live: "blue", versions: next } });
    assert.deepEqual(await site.versionsOf("shop"), ["blue 1.2.0"]);
  });

  it("services: changed args of instances change nothing until the next version", async () => {
    const shop = { live: "blue", versions: next, diskGib: 20, instanceType: "t4g.medium" } as const;
    assert.deepEqual(await site.up({ shop }), ["update changeover:index:BlueGreenService shop"]);
    const changes = await site.up({ shop: { ...shop, versions: { ...next, green: "1.3.0" } } });
    assert.ok(changes.includes("create ec2/launchTemplate:LaunchTemplate shop-green-1.3.0"));
    const template = (await site.state()).find(({ urn }) => urn.endsWith("::shop-green-1.3.0"));
    assert.equal(template?.outputs?.instanceType, "t4g.medium");
    await site.up({ shop: { live: "blue", versions: next } });
  });

  it("services: a new version of a color with traffic, and a flip to a version that is not deployed, are rejected", async () => {
    const before = { ...site.releases };
    await assert.rejects(
      site.up({ orders: { live: "blue", versions: { blue: "1.2.0" } } }),
      /BlueGreenService "orders": versions\.blue must be "1\.0\.0" while blue receives 100 % of the traffic, got "1\.2\.0"\./,
    );
    await assert.rejects(
      site.up({ orders: { live: "green", versions: both } }),
      /BlueGreenService "orders": live must be "blue" until 1\.1\.0 is deployed to green, got "green"\./,
    );
    assert.deepEqual(await site.versionsOf("orders"), ["blue 1.0.0"]);
    Object.assign(site.releases, before);
  });

  it("services: traffic that another writer shifted is kept, unless the program confirms the shift", async () => {
    const client = new ElasticLoadBalancingV2Client(clientSettings(site.simulator));
    try {
      const arn = await site.idOf("ListenerRule::admin-production");
      const deployed = { live: "blue", versions: both } as const;
      await site.up({ admin: deployed });
      const green = await site.idOf("TargetGroup::admin-green");
      await setWeights(client, arn, { [green]: 100 }, 300);
      await writeRecord(client, arn, {
        serial: 5,
        kind: "rollback",
        actor: "ann",
        at: "2026-11-30T18:00:00.000Z",
      });
      await assert.rejects(
        site.up(),
        /live must be as the production rule, whose traffic was shifted since the last update: green 100 %; shift 5, rollback, ann, .*got "blue"\. To keep the traffic, set live to green .*To shift it as given, set expectedSerial to 5\./,
      );
      assert.deepEqual(await site.versionsOf("admin"), ["green 1.1.0"]);
      const confirmed = await site.up({ admin: { ...deployed, expectedSerial: 5 } });
      assert.ok(confirmed.includes("update lb/listenerRule:ListenerRule admin-production"));
      assert.deepEqual(await site.versionsOf("admin"), ["blue 1.0.0"]);
      assert.equal((await readProductionRule(client, arn)).record?.serial, 6);
      assert.deepEqual(await site.up(), []);
    } finally {
      client.destroy();
    }
  });
});
