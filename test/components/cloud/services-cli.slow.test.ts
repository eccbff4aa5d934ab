import assert from "node:assert/strict";
import { isCliAvailable } from "../../../engine/cli/available";
import { type ServiceRoute, ServicesSite } from "./support/services-site";

const ROUTES: Record<string, ServiceRoute> = {
  shop: { hosts: ["shop.example.com"], example: { host: "shop.example.com" } },
  api: { hosts: ["*.example.com"], paths: ["/api/*"], example: { host: "www.example.com", path: "/api/1" } },
  admin: { hosts: ["admin.example.com"], example: { host: "admin.example.com" } },
};
const NAMES = Object.keys(ROUTES);

describe("three services on a foreign listener, by the Pulumi CLI (skipped without `pulumi` on the PATH)", function () {
  this.timeout(600_000);
  let site: ServicesSite;

  before(async function () {
    if (!(await isCliAvailable())) return this.skip();
    // `admin` is declared by its parts.
    site = await ServicesSite.open(ROUTES, { plain: ["admin"], isCli: true });
  });
  after(() => site?.close());

  const answers = async () =>
    Object.fromEntries(await Promise.all(NAMES.map(async (name) => [name, await site.versionsOf(name)])));
  const both = { blue: "1.0.0", green: "1.1.0" };
  const everywhere = (release: object) => Object.fromEntries(NAMES.map((name) => [name, release]));
  const rules = NAMES.map((name) => `update lb/listenerRule:ListenerRule ${name}-production`).sort();

  it("services by the CLI: deploy, canary, flip, back and destroy", async () => {
    await site.up();
    assert.deepEqual(await answers(), everywhere(["blue 1.0.0"]));
    assert.deepEqual(await site.up(), []);

    await site.up(everywhere({ live: "blue", versions: both }));
    assert.deepEqual(await answers(), everywhere(["blue 1.0.0"]));

    const canary = await site.up(everywhere({ live: "blue", versions: both, canaryPercent: 30 }));
    assert.deepEqual(
      canary.filter((change) => change.includes("ListenerRule")),
      rules,
    );
    assert.deepEqual(await answers(), everywhere(["blue 1.0.0", "green 1.1.0"]));

    await site.up(everywhere({ live: "green", versions: both }));
    assert.deepEqual(await answers(), everywhere(["green 1.1.0"]));
    assert.deepEqual(await site.up(), []);

    await site.up(everywhere({ live: "blue", versions: both }));
    assert.deepEqual(await answers(), everywhere(["blue 1.0.0"]));
    assert.equal(await site.gateMode("shop-live"), "rollback");

    await site.destroy();
    assert.deepEqual(await site.state(), []);
  });
});
