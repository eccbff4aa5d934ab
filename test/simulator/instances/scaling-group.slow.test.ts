import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { InitializationError } from "../../../engine/deploy/provider";
import { createFleet, createSite, groupInputs, types, userData } from "../site";
import { alive, type TestSimulator, until, withSimulator } from "../stack";

interface Answer {
  version: string;
  instance: string;
  region: string;
}

async function ask(url: string): Promise<Answer> {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  return (await response.json()) as Answer;
}

function pids(stack: TestSimulator): number[] {
  return stack.simulator.instances().flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
}

describe("simulator: Auto Scaling group", () => {
  it("Auto Scaling group: boots instances from user data behind the load balancer, and drains them on deletion", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      assert.equal((await fetch(site.url)).status, 503);
      const { group } = await createFleet(stack, site, { version: "1.0.0" });
      assert.equal(group.outs.desiredCapacity, 2);
      const instances = stack.simulator.instances();
      assert.equal(instances.length, 2);
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(site.url)));
      assert.deepEqual(
        new Set(answers.map(({ instance }) => instance)),
        new Set(instances.map(({ id }) => id)),
      );
      assert.deepEqual(new Set(answers.map(({ version }) => version)), new Set(["1.0.0"]));
      assert.equal(answers[0]?.region, "eu-central-1");
      const running = pids(stack);
      assert.ok(running.every(alive));
      const slow = ask(`${site.url}/?ms=400`);
      await until("a request in flight", () =>
        [...stack.simulator.balancers().values()].some(
          (each) => each.counters(site.targetGroup.id).inFlight > 0,
        ),
      );
      await stack.delete(group);
      assert.equal((await slow).version, "1.0.0");
      assert.equal(stack.simulator.instances().length, 0);
      assert.deepEqual(running.filter(alive), []);
      assert.equal((await fetch(site.url)).status, 503);
      assert.deepEqual(await readdir(join(stack.directory, "instances")), []);
    });
  });

  it("Auto Scaling group: an instance serves after its boot time, and can be ended during it", async () => {
    await withSimulator(
      async (stack) => {
        const site = await createSite(stack);
        const creating = createFleet(stack, site, { version: "1.0.0" });
        await until("two launched instances", () => stack.simulator.instances().length === 2);
        const [first] = stack.simulator.instances();
        assert.ok(first);
        assert.deepEqual(pids(stack), []);
        assert.notEqual((await fetch(site.url)).status, 200);
        const { group } = await creating;
        assert.ok(Date.now() - first.launchedAt >= 1500);
        assert.equal((await ask(site.url)).version, "1.0.0");
        const [lost] = stack.simulator.instances();
        await stack.simulator.killInstance(lost?.id ?? "");
        await until("a replacement that boots", () =>
          stack.simulator
            .instances()
            .some(({ pid, lifecycle }) => pid === undefined && lifecycle === "InService"),
        );
        await stack.delete(group);
        assert.equal(stack.simulator.instances().length, 0);
      },
      { bootSeconds: 1.5 },
    );
  });

  it("Auto Scaling group: the health check finds an instance whose host failed", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      await createFleet(stack, site, { version: "1.0.0", healthCheckGracePeriod: 0 });
      const [first] = stack.simulator.instances();
      assert.ok(first);
      const reasons: string[] = [];
      stack.simulator.events.on("scaling", ({ description }) => reasons.push(description));
      await stack.simulator.loseInstance(first.id);
      assert.equal(stack.simulator.instances().find(({ id }) => id === first.id)?.state, "running");
      await until("a replacement", () => !stack.simulator.instances().some(({ id }) => id === first.id));
      assert.ok(
        reasons.includes(`Terminating EC2 instance: ${first.id} (ELB system health check failed)`),
        reasons.join("\n"),
      );
    });
  });

  it("Auto Scaling group: replaces lost, frozen and unhealthy instances", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      await createFleet(stack, site, { version: "1.0.0", healthCheckGracePeriod: 40 });
      const [first, second] = stack.simulator.instances();
      assert.ok(first && second);
      await stack.simulator.killInstance(first.id);
      await until("a replacement", () => {
        const running = stack.simulator.instances().filter(({ lifecycle }) => lifecycle === "InService");
        return running.length === 2 && !running.some(({ id }) => id === first.id);
      });
      stack.simulator.freezeInstance(second.id);
      await until("the end of the hanging instance", () => {
        return !stack.simulator.instances().some(({ id }) => id === second.id);
      });
      await until("two healthy instances", async () => {
        const balancer = [...stack.simulator.balancers().values()][0];
        const states = balancer?.describeTargetHealth(site.targetGroup.id) ?? [];
        return states.filter(({ state }) => state === "healthy").length === 2;
      });
      assert.equal(second.pid !== undefined && alive(second.pid), false);
    });
  });

  it("Auto Scaling group: systemd restarts a crashed process on the same instance", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      await createFleet(stack, site, { version: "1.0.0" });
      const before = stack.simulator.instances();
      assert.ok(before[0]);
      stack.simulator.crashInstance(before[0].id);
      await until("another process on the same instance", () => {
        const now = stack.simulator.instances().find(({ id }) => id === before[0]?.id);
        return now?.pid !== undefined && now.pid !== before[0]?.pid;
      });
    });
  });

  it("Auto Scaling group: kills a process after TimeoutStopSec", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      const unit = ["TimeoutStopSec=300ms", "Restart=no"];
      const settings = {
        version: "1.0.0",
        environment: { STUBBORN: "1" },
        unit,
        minSize: 1,
        minElbCapacity: 1,
      };
      const { group } = await createFleet(stack, site, settings);
      const [instance] = stack.simulator.instances();
      assert.ok(instance?.pid);
      await stack.delete(group);
      assert.equal(alive(instance.pid), false);
      assert.match(await readFile(instance.logFile, "utf8"), /killed: did not exit within 0.3 s of SIGTERM/);
    });
  });

  it("Auto Scaling group: stays after a failed capacity wait, with the provider's error", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      const sick = { version: "1.0.0", environment: { SICK: "1" }, waitForCapacityTimeout: "30s" };
      await assert.rejects(createFleet(stack, site, sick), (error: unknown) => {
        assert.ok(error instanceof InitializationError);
        assert.match(
          error.message,
          /^waiting for Auto Scaling Group \(web-[0-9a-f]{7}\) capacity satisfied: timeout while waiting for state to become 'ok' \(last state: 'want at least 2 healthy instance\(s\) registered to Load Balancer, have 0', timeout: 30s\)$/,
        );
        return true;
      });
      assert.equal(stack.simulator.resourceCounts()[types.group], 1);
    });
  });

  it("launch template: unsupported user data is rejected before an instance starts", async () => {
    await withSimulator(async (stack) => {
      const text = "#cloud-config\nruncmd:\n  - [iptables, -F]\n";
      const userData = Buffer.from(text).toString("base64");
      await assert.rejects(
        stack.create(types.template, "web", { userData }),
        /UnsupportedUserData: User data runs "iptables -F", which is not supported by the simulator/,
      );
      const template = await stack.create(types.template, "web", {});
      await assert.rejects(stack.update(template, { userData }), /UnsupportedUserData/);
      assert.equal(stack.simulator.resourceCounts()[types.template], 1);
    });
  });

  it("Auto Scaling group: updates wait as in the real provider", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      const { group, template } = await createFleet(stack, site, { version: "1.0.0" });
      const diff = await stack.diff(template, {
        userData: userData({ VERSION: "2.0.0" }),
        updateDefaultVersion: true,
      });
      assert.deepEqual(diff?.unknowns, ["latestVersion", "defaultVersion"]);
      const next = { userData: userData({ VERSION: "2.0.0" }), updateDefaultVersion: true };
      const updated = await stack.update(template, next);
      assert.equal(updated.outs.latestVersion, 2);
      // A new launch template replaces no instance.
      const same = await stack.update(group, groupInputs(site, updated));
      assert.equal((await ask(site.url)).version, "1.0.0");
      // More instances come from the new version, and the update waits for them.
      const more = await stack.update(same, groupInputs(site, updated, { minSize: 3 }));
      assert.equal(more.outs.desiredCapacity, 3);
      assert.deepEqual(
        stack.simulator.instances().map(({ launchTemplate }) => launchTemplate.version),
        [1, 1, 2],
      );
      // Off with desired unset: the provider waits for the number in the state.
      const off = { minSize: 0, maxSize: 0, minElbCapacity: undefined, waitForCapacityTimeout: "50s" };
      await assert.rejects(
        stack.update(more, groupInputs(site, updated, off)),
        /want exactly 3 healthy instance\(s\) in Auto Scaling Group, have 0/,
      );
    });
  });

  it("Auto Scaling group: scales in to 0 and out again", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      const { group, template } = await createFleet(stack, site, { version: "1.0.0" });
      const off = { minSize: 0, maxSize: 0, desiredCapacity: 0, minElbCapacity: undefined };
      const idle = await stack.update(group, groupInputs(site, template, off));
      await until("no instance", () => stack.simulator.instances().length === 0);
      assert.equal((await stack.read(idle))?.desiredCapacity, 0);
      await stack.update(idle, groupInputs(site, template));
      assert.equal(stack.simulator.instances().length, 2);
      // The update waits for instances, not for healthy ones; the health gate decides.
      await until("an answer", async () => (await fetch(site.url)).status === 200);
    });
  });

  it("Auto Scaling group: close terminates all instances", async () => {
    let running: number[] = [];
    let folder = "";
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      await createFleet(stack, site, { version: "1.0.0", environment: { STUBBORN: "1" } });
      running = pids(stack);
      folder = stack.directory;
      assert.equal(running.length, 2);
    });
    assert.deepEqual(running.filter(alive), []);
    assert.equal(existsSync(folder), false);
  });
});
