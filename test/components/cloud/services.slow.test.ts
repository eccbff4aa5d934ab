import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { bundleLambda } from "../../../build/bundle";
import type { BlueGreenServiceArgs } from "../../../components";
import { InProcessEngine } from "../../../engine/deploy/in-process-engine";
import { StackState } from "../../../engine/state/stack-state";
import { createSimulator, type Simulator } from "../../../simulator";
import { readProductionRule, setWeights, writeRecord } from "../../../traffic/production-rule";
import { application, userData } from "../../simulator/site";
import { clientSettings } from "../../simulator/stack";
import { changesOf } from "../../support/stack";

type Release = Partial<BlueGreenServiceArgs>;
type Answer = Readonly<Record<"service" | "color" | "version", string>>;

const HOSTS = { shop: "www.example.com", orders: "www.example.com", admin: "admin.example.com" };
const PATHS: Readonly<Record<string, string>> = { orders: "/orders/1" };

describe("three services on a foreign listener, in the simulator", function () {
  this.timeout(280_000);
  let folder: string;
  let simulator: Simulator;
  let engine: InProcessEngine;
  const state = new StackState();
  const releases: Record<string, Release> = Object.fromEntries(
    Object.keys(HOSTS).map((name) => [name, { live: "blue", versions: { blue: "1.0.0" } }]),
  );

  before(async () => {
    for (const name of ["gate", "watch"]) bundleLambda(name);
    folder = mkdtempSync(join(tmpdir(), "changeover-services-"));
    writeFileSync(
      join(folder, "web.js"),
      application.replace("region:", "service: process.env.SERVICE, region:"),
    );
    simulator = await createSimulator({ directory: join(folder, "cloud"), timeScale: 20 });
    engine = new InProcessEngine({
      programDirectory: join(__dirname, "fixtures", "services"),
      stack: "test",
      provider: simulator.providers,
      state,
    });
  });
  after(async () => {
    await simulator?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function up(changes: Record<string, Release> = {}): Promise<string[]> {
    Object.assign(releases, changes);
    const environment = { SERVICE: "__SERVICE__", COLOR: "__COLOR__", VERSION: "__VERSION__" };
    const text = Buffer.from(userData(environment), "base64").toString();
    const config = {
      "services:releases": JSON.stringify(releases),
      "services:code": join(folder, "web.js"),
      "services:userData": text,
    };
    return changesOf(await engine.up({ config }));
  }

  async function ask(service: keyof typeof HOSTS, headers: Record<string, string> = {}): Promise<Answer> {
    const { url } = (await engine.outputs()) as { url: string };
    const options = { headers: { host: HOSTS[service], ...headers }, agent: false };
    return new Promise((resolve, reject) => {
      const sent = request(new URL(PATHS[service] ?? "/", url), options, (response) => {
        let body = "";
        response.on("data", (text: string) => {
          body += text;
        });
        response.on("end", () =>
          response.statusCode === 200
            ? resolve(JSON.parse(body))
            : reject(new Error(`${response.statusCode}`)),
        );
      });
      sent.on("error", reject).end();
    });
  }

  const versionsOf = async (service: keyof typeof HOSTS) => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask(service)));
    for (const answer of answers) assert.equal(answer.service, service);
    return [...new Set(answers.map(({ color, version }) => `${color} ${version}`))].sort();
  };
  const ruleOf = (name: string) =>
    state.all().find(({ urn }) => urn.endsWith(`ListenerRule::${name}-production`))?.id ?? "";
  const gateResult = (name: string) => {
    const check = state.all().find(({ urn }) => urn.endsWith(`Invocation::${name}`));
    return JSON.parse(String(check?.outputs.result)) as { mode: string };
  };
  const both = { blue: "1.0.0", green: "1.1.0" };

  it("services: are deployed, and their hosts and paths reach them", async () => {
    await up();
    for (const service of Object.keys(HOSTS) as (keyof typeof HOSTS)[]) {
      assert.deepEqual(await versionsOf(service), ["blue 1.0.0"]);
    }
  });

  it("services: an update without a change changes nothing", async () => {
    assert.deepEqual(await up(), []);
  });

  it("services: a version is deployed to the color without traffic, and only that color changes", async () => {
    const changes = await up({ shop: { live: "blue", versions: both } });
    assert.deepEqual(
      changes.filter((change) => !change.includes("shop-green")),
      [],
    );
    assert.ok(changes.includes("create autoscaling/group:Group shop-green"));
    const headers = { "x-changeover-color": "green", "x-changeover-service": "shop" };
    assert.equal((await ask("shop", headers)).version, "1.1.0");
    assert.deepEqual(await versionsOf("shop"), ["blue 1.0.0"]);
  });

  it("services: a canary gets its share after a check, and the other services do not change", async () => {
    const changes = await up({ shop: { live: "blue", versions: both, canaryPercent: 30 } });
    assert.deepEqual(changes, [
      "create lambda/invocation:Invocation shop-canary",
      "update lb/listenerRule:ListenerRule shop-production",
    ]);
    assert.deepEqual(await versionsOf("shop"), ["blue 1.0.0", "green 1.1.0"]);
    assert.deepEqual(await versionsOf("orders"), ["blue 1.0.0"]);
    assert.deepEqual(await up(), []);
  });

  it("services: a flip replaces the check and updates the rule, and nothing else", async () => {
    assert.deepEqual(await up({ shop: { live: "green", versions: both } }), [
      "delete lambda/invocation:Invocation shop-canary",
      "replace lambda/invocation:Invocation shop-live",
      "update lb/listenerRule:ListenerRule shop-production",
    ]);
    assert.deepEqual(await versionsOf("shop"), ["green 1.1.0"]);
    assert.equal(gateResult("shop-live").mode, "forward");
    assert.deepEqual(await up(), []);
  });

  it("services: a return within the rollback window is checked as a rollback", async () => {
    assert.deepEqual(await up({ shop: { live: "blue", versions: both } }), [
      "replace lambda/invocation:Invocation shop-live",
      "update lb/listenerRule:ListenerRule shop-production",
    ]);
    assert.deepEqual(await versionsOf("shop"), ["blue 1.0.0"]);
    assert.equal(gateResult("shop-live").mode, "rollback");
  });

  it("services: a new version of a color with traffic, and a flip to a version that is not deployed, are rejected", async () => {
    const before = { ...releases };
    await assert.rejects(
      up({ orders: { live: "blue", versions: { blue: "1.2.0" } } }),
      /BlueGreenService "orders": versions\.blue must be "1\.0\.0" while blue receives 100 % of the traffic, got "1\.2\.0"\./,
    );
    await assert.rejects(
      up({ orders: { live: "green", versions: both } }),
      /BlueGreenService "orders": live must be "blue" until 1\.1\.0 is deployed to green, got "green"\./,
    );
    assert.deepEqual(await versionsOf("orders"), ["blue 1.0.0"]);
    Object.assign(releases, before);
  });

  it("services: traffic that another writer shifted is kept, unless the program confirms the shift", async () => {
    const client = new ElasticLoadBalancingV2Client(clientSettings(simulator));
    try {
      const arn = ruleOf("shop");
      const groups = state.all().filter(({ urn }) => /TargetGroup::shop-(blue|green)$/.test(urn));
      const green = groups.find(({ urn }) => urn.endsWith("green"))?.id ?? "";
      await setWeights(client, arn, { [green]: 100 }, 300);
      await writeRecord(client, arn, {
        serial: 5,
        kind: "rollback",
        actor: "ann",
        at: "2026-11-30T18:00:00.000Z",
      });
      await assert.rejects(
        up(),
        /live must be as the production rule, whose traffic was shifted since the last update: green 100 %; shift 5, rollback, ann, .*got "blue"\. To keep the traffic, set live to green .*To shift it as given, set expectedSerial to 5\./,
      );
      assert.deepEqual(await versionsOf("shop"), ["green 1.1.0"]);
      const confirmed = await up({ shop: { live: "blue", versions: both, expectedSerial: 5 } });
      assert.ok(confirmed.includes("update lb/listenerRule:ListenerRule shop-production"));
      assert.deepEqual(await versionsOf("shop"), ["blue 1.0.0"]);
      assert.equal((await readProductionRule(client, arn)).record?.serial, 6);
      assert.deepEqual(await up(), []);
    } finally {
      client.destroy();
    }
  });
});
