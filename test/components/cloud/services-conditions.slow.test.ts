import assert from "node:assert/strict";
import { type ServiceRoute, ServicesSite } from "./support/services-site";

const ROUTES: Record<string, ServiceRoute> = {
  home: { hosts: ["www.example.com"], example: { host: "www.example.com" } },
  search: { paths: ["/search/*"], example: { host: "any.example.com", path: "/search/1" } },
  trial: {
    headers: [{ name: "x-audience", values: ["trial"] }],
    example: { host: "any.example.com", headers: { "x-audience": "trial" } },
  },
  eu: {
    hosts: ["eu.example.com"],
    paths: ["/orders/*"],
    example: { host: "eu.example.com", path: "/orders/1" },
  },
  us: {
    hosts: ["us.example.com"],
    paths: ["/orders/*"],
    example: { host: "us.example.com", path: "/orders/1" },
  },
};

describe("services by hosts, paths and headers, in the simulator", function () {
  this.timeout(280_000);
  let site: ServicesSite;

  before(async () => {
    site = await ServicesSite.open(ROUTES, { plain: ["trial", "us"] });
    await site.up();
  });
  after(() => site?.close());

  const answers = async (...names: string[]) =>
    Object.fromEntries(await Promise.all(names.map(async (name) => [name, await site.versionsOf(name)])));
  const next = { blue: "1.0.0", green: "1.1.0" };
  const broken = { blue: "1.0.0", green: "1.1.0-broken" };

  it("services: hosts, paths, headers, and one path under two hosts reach their own service", async () => {
    for (const [name, found] of Object.entries(await answers(...Object.keys(ROUTES))))
      assert.deepEqual(found, ["blue 1.0.0"], name);
  });

  it("services: two are deployed at once, and only their own colors change", async () => {
    const deployed = { live: "blue", versions: next } as const;
    const changes = await site.up({ home: deployed, us: deployed });
    assert.deepEqual(
      changes.filter((change) => !/ (home|us)-green/.test(change)),
      [],
    );
    assert.deepEqual(
      await site.up({ home: { ...deployed, live: "green" }, us: { ...deployed, live: "green" } }),
      [
        "replace lambda/invocation:Invocation home-live",
        "replace lambda/invocation:Invocation us-live",
        "update lb/listenerRule:ListenerRule home-production",
        "update lb/listenerRule:ListenerRule us-production",
      ],
    );
    assert.deepEqual(await answers("home", "us", "eu"), {
      home: ["green 1.1.0"],
      us: ["green 1.1.0"],
      eu: ["blue 1.0.0"],
    });
  });

  it("services: a broken version fails the gate check of its service, and the other services are released", async () => {
    const eu = { live: "blue", versions: broken } as const;
    const search = { live: "blue", versions: next } as const;
    await site.up({ eu, search });
    await assert.rejects(
      site.up({ eu: { ...eu, live: "green" }, search: { ...search, live: "green" } }),
      /eu-live[\s\S]*eu[\s\S]*answered 500[\s\S]*no database/,
    );
    assert.deepEqual(await answers("eu", "home", "us"), {
      eu: ["blue 1.0.0"],
      home: ["green 1.1.0"],
      us: ["green 1.1.0"],
    });
    await site.up({ eu });
    assert.deepEqual(await answers("eu", "search"), { eu: ["blue 1.0.0"], search: ["green 1.1.0"] });
    assert.deepEqual(await site.up(), []);
  });
});
