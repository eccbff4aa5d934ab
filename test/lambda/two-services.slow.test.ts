import assert from "node:assert/strict";
import { type GateResult, handler as gate } from "../../lambda/gate/index";
import { createSite, groupInputs, healthCheck, type Site, types, userData } from "../simulator/site";
import { type TestSimulator, until, withSimulator } from "../simulator/stack";
import { functionEnvironment } from "./support/fake-aws";

/** Both services of a monorepo have one version. */
const VERSION = "7.0.0";

interface Service {
  readonly name: string;
  readonly targetGroupArn: string;
  readonly groupName: string;
}

/** A target group, a test rule and two instances; `named` adds the service to the rule's conditions. */
async function createService(
  stack: TestSimulator,
  site: Site,
  name: string,
  priority: number,
  named: boolean,
): Promise<Service> {
  const { vpcId } = site;
  const targets = { port: 8080, protocol: "HTTP", vpcId, deregistrationDelay: 30, healthCheck };
  const { id: targetGroupArn } = await stack.create(types.targetGroup, name, targets);
  const header = (httpHeaderName: string, value: string) => ({
    httpHeader: { httpHeaderName, values: [value] },
  });
  await stack.create(types.rule, name, {
    listenerArn: site.listener.id,
    priority,
    conditions: [
      header("x-changeover-color", "blue"),
      ...(named ? [header("x-changeover-service", name)] : []),
    ],
    actions: [{ type: "forward", targetGroupArn }],
  });
  const template = await stack.create(types.template, name, {
    userData: userData({ VERSION, COLOR: "blue" }),
    updateDefaultVersion: true,
  });
  const group = await stack.create(
    types.group,
    name,
    groupInputs(site, template, { targetGroupArns: [targetGroupArn] }),
  );
  return { name, targetGroupArn, groupName: group.id };
}

function instancesOf({ simulator }: TestSimulator, { groupName }: Service): string[] {
  return simulator.instances().flatMap(({ group, id }) => (group === groupName ? [id] : []));
}

describe("gate: two services on one listener, with equal versions", function () {
  this.timeout(120_000);
  const originalLog = console.log;
  afterEach(() => {
    console.log = originalLog;
  });

  const onSimulator = (
    named: boolean,
    work: (parts: {
      readonly stack: TestSimulator;
      readonly shop: Service;
      readonly api: Service;
      check(service: Service): Promise<GateResult>;
    }) => Promise<void>,
  ) =>
    withSimulator(async (stack) => {
      const restore = functionEnvironment({ url: stack.simulator.endpoint });
      console.log = () => {};
      try {
        const site = await createSite(stack);
        const shop = await createService(stack, site, "shop", 1, named);
        const api = await createService(stack, site, "api", 2, named);
        const check = async ({ name, targetGroupArn }: Service) =>
          (await gate({
            color: "blue",
            version: VERSION,
            timeoutSeconds: 4,
            pollSeconds: 0.2,
            tiers: [
              {
                tier: name,
                targetGroupArn,
                url: site.url,
                headers: { "x-changeover-color": "blue", "x-changeover-service": name },
                minHealthy: 2,
              },
            ],
          })) as GateResult;
        await work({ stack, shop, api, check });
      } finally {
        restore();
      }
    });

  it("gate: fails by name for a service whose requests another service answers", async () => {
    await onSimulator(false, async ({ stack, shop, api, check }) => {
      const instances = instancesOf(stack, shop);
      assert.equal((await check(shop)).tiers[0]?.instances.length, 2);
      await assert.rejects(check(api), (error: Error) => {
        assert.match(
          error.message,
          /\napi:\n {2}- answers of instances that are not in the target group: i-/,
        );
        assert.match(error.message, /give each fleet on the listener a `service` of its own/);
        const named = /group: (i-\w+) is blue 7\.0\.0/.exec(error.message)?.[1] ?? "";
        assert.ok(instances.includes(named), named);
        return true;
      });
    });
  });

  it("gate: passes for both services if each test rule names its service, and fails for a dead one", async () => {
    await onSimulator(true, async ({ stack, shop, api, check }) => {
      for (const service of [shop, api]) assert.equal((await check(service)).tiers[0]?.healthy, 2);
      const { simulator } = stack;
      for (const id of instancesOf(stack, api)) simulator.freezeInstance(id);
      const group = simulator.scalingGroup(api.groupName);
      await until("no instance of api is healthy", () => group.healthy().inLoadBalancer === 0);
      await assert.rejects(check(api), /\napi:\n {2}- 0 healthy targets, 2 needed/);
      assert.equal((await check(shop)).tiers[0]?.healthy, 2);
    });
  });
});
