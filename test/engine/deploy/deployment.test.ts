import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { InitializationError } from "../../../engine/deploy/provider";
import { StackState } from "../../../engine/state/stack-state";
import { STACK_TYPE } from "../../../engine/state/urn";
import { printable } from "../../../engine/values/property-diff";
import { Secret, UNKNOWN } from "../../../engine/values/values";
import { deploy, ops, type TestResource, urnOf } from "../deploy-resources";
import { MemoryProvider } from "../memory-provider";

describe("deployment", () => {
  const chain: TestResource[] = [
    { name: "database", inputs: { size: 1 } },
    { name: "app", arnOf: { database: "database" } },
    { name: "web", arnOf: { app: "app" } },
  ];

  it("creates new resources in the order of the program", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    const { steps, results } = await deploy(state, provider, chain);
    assert.deepEqual(provider.calls, ["create database", "create app", "create web"]);
    assert.deepEqual(ops(steps), ["create database", "create app", "create web"]);
    assert.equal(results.get("web")?.outputs.app, "arn:app-2");
  });

  it("changes nothing in a second update", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    await deploy(state, provider, chain);
    provider.calls.length = 0;
    const { steps, results } = await deploy(state, provider, chain);
    assert.deepEqual(provider.calls, []);
    assert.deepEqual(ops(steps), ["same database", "same app", "same web"]);
    assert.equal(results.get("web")?.id, "web-3");
  });

  it("shows no secret that the error of a provider repeats", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    const inputs = { password: new Secret("swordfish-7") };
    const fail = (call: string) => {
      throw new Error(`${call}: the password swordfish-7 is too short`);
    };
    provider.before = fail;
    const created = await deploy(state, provider, [{ name: "a", inputs }]);
    assert.match(created.error?.message ?? "", /the password \[secret\] is too short/);
    provider.before = () => {};
    await deploy(state, provider, [{ name: "a", inputs }]);
    provider.before = fail;
    const deleted = await deploy(state, provider, []);
    for (const { error, steps, events } of [created, deleted]) {
      assert.ok(error !== undefined);
      assert.doesNotMatch(JSON.stringify([error.message, steps, events]), /swordfish/);
    }
  });

  it("updates in place and reports the changed properties", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    await deploy(state, provider, [{ name: "a", inputs: { tags: { Name: "old" }, list: [1, 2] } }]);
    const { steps } = await deploy(state, provider, [
      { name: "a", inputs: { tags: { Name: "new" }, list: [1] } },
    ]);
    assert.deepEqual(provider.calls, ["create a", "update a"]);
    assert.deepEqual(
      steps[0]?.changes.map(({ path, kind, old, new: next }) => [path, kind, old, next]),
      [
        ["list[1]", "delete", 2, undefined],
        ["tags.Name", "update", "old", "new"],
      ],
    );
  });

  it("replaces: creates the new resource, updates dependents, then deletes the old resource", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    const at = (zone: string): TestResource[] => [
      { name: "subnet", inputs: { zone } },
      { name: "server", arnOf: { subnet: "subnet" } },
    ];
    await deploy(state, provider, at("a"));
    const { steps } = await deploy(state, provider, at("b"));
    assert.deepEqual(provider.calls.slice(2), ["create subnet", "update server", "delete subnet-1"]);
    assert.deepEqual(ops(steps), ["replace subnet", "update server", "delete subnet"]);
    assert.deepEqual(steps[0]?.replaceReasons, ["zone"]);
    assert.equal(steps[0]?.changes[0]?.forcesReplacement, true);
    assert.equal(steps[2]?.replaced, true);
    assert.equal(state.pendingDeletes.size, 0);
  });

  it("replaces on a change of a nested property in replaceOnChanges, not on other changes", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    const fleet = (version: string, min: number): TestResource[] => [
      { name: "fleet", inputs: { launch: { version }, min }, options: { replaceOnChanges: ["launch.*"] } },
    ];
    await deploy(state, provider, fleet("1", 2));
    assert.deepEqual(ops((await deploy(state, provider, fleet("1", 3))).steps), ["update fleet"]);
    const { steps } = await deploy(state, provider, fleet("2", 3));
    assert.deepEqual(ops(steps), ["replace fleet", "delete fleet"]);
    assert.deepEqual(steps[0]?.replaceReasons, ["launch.version"]);
  });

  it("deletes before replacing if the provider requires it, dependents first", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    provider.deleteBeforeReplace = true;
    const at = (zone: string): TestResource[] => [
      { name: "network", inputs: { zone } },
      { name: "pinned", arnOf: { zone: "network" } },
      { name: "moving", arnOf: { network: "network" } },
    ];
    await deploy(state, provider, at("a"));
    provider.calls.length = 0;
    await deploy(state, provider, at("b"));
    assert.deepEqual(provider.calls, [
      "delete pinned-2",
      "delete network-1",
      "create network",
      "create pinned",
      "update moving",
    ]);
    assert.deepEqual([...provider.objects.keys()].sort(), ["moving-3", "network-4", "pinned-5"]);
    provider.calls.length = 0;
    await deploy(state, provider, at("b"));
    assert.deepEqual(provider.calls, []);
  });

  it("deletes before replacing if the program sets deleteBeforeReplace", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    const at = (zone: string): TestResource[] => [
      { name: "a", inputs: { zone }, options: { deleteBeforeReplace: true } },
    ];
    await deploy(state, provider, at("a"));
    await deploy(state, provider, at("b"));
    assert.deepEqual(provider.calls, ["create a", "delete a-1", "create a"]);
  });

  it("continues a replacement that failed between delete and create", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    const at = (zone: string): TestResource[] => [
      { name: "a", inputs: { zone }, options: { deleteBeforeReplace: true } },
    ];
    await deploy(state, provider, at("a"));
    provider.before = (call) => {
      if (call === "create a") throw new Error("no capacity");
    };
    const { error } = await deploy(state, provider, at("b"));
    assert.match(String(error), /no capacity/);
    assert.deepEqual([...provider.objects.keys()], []);
    provider.before = () => {};
    const { steps } = await deploy(state, provider, at("b"));
    assert.deepEqual(ops(steps), ["replace a"]);
    assert.deepEqual(provider.calls, ["create a", "delete a-1", "create a"]);
    assert.deepEqual(ops((await deploy(state, provider, at("b"))).steps), ["same a"]);
  });

  it("deletes undeclared resources, dependents first", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    await deploy(state, provider, [
      ...chain,
      { name: "component", custom: false, type: "test:index:Group" },
      { name: "child", parent: "component", dependsOn: ["web"] },
    ]);
    provider.calls.length = 0;
    const { steps } = await deploy(state, provider, []);
    assert.deepEqual(provider.calls, ["delete child-4", "delete web-3", "delete app-2", "delete database-1"]);
    const order = ops(steps);
    assert.ok(order.indexOf("delete component") > order.indexOf("delete child"));
    assert.equal(state.resources.size, 0);
  });

  it("stops at a failure, and continues from there in the next update", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    provider.before = (call) => {
      if (call === "create app") throw new Error("quota exceeded");
    };
    const first = await deploy(state, provider, chain);
    assert.match(String(first.error), /quota exceeded/);
    assert.deepEqual(
      first.steps.map(({ name, error }) => [name, error]),
      [
        ["database", undefined],
        ["app", "quota exceeded"],
      ],
    );
    assert.deepEqual([...state.resources.keys()], [urnOf("database")]);
    provider.before = () => {};
    const second = await deploy(state, provider, chain);
    assert.deepEqual(ops(second.steps), ["same database", "create app", "create web"]);
  });

  it("takes the stack's outputs only until a step fails", async () => {
    const provider = new MemoryProvider();
    const root: TestResource = { name: "test-dev", type: STACK_TYPE, custom: false };
    const registered = async (things: readonly TestResource[]) => {
      const { deployment } = await deploy(new StackState(), provider, things);
      await deployment.registerOutputs(urnOf("test-dev", STACK_TYPE), { version: "2" });
      return deployment.outputs;
    };
    assert.deepEqual(await registered([root]), { version: "2" });
    provider.before = () => {
      throw new Error("no");
    };
    assert.deepEqual(await registered([root, { name: "a" }]), {});
  });

  it("keeps the old resource when its replacement cannot be created", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    await deploy(state, provider, [{ name: "a", inputs: { zone: "a" } }, { name: "b" }]);
    provider.before = (call) => {
      if (call === "create a") throw new Error("no capacity");
    };
    await deploy(state, provider, [{ name: "a", inputs: { zone: "b" } }]);
    assert.deepEqual([...provider.objects.keys()].sort(), ["a-1", "b-2"]);
    assert.equal(state.resources.get(urnOf("a"))?.id, "a-1");
  });

  it("deletes a replaced resource in a later update if its deletion failed", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    const at = (zone: string): TestResource[] => [{ name: "a", inputs: { zone } }];
    await deploy(state, provider, at("a"));
    provider.before = (call) => {
      if (call.startsWith("delete")) throw new Error("in use");
    };
    assert.match(String((await deploy(state, provider, at("b"))).error), /in use/);
    assert.equal(state.pendingDeletes.size, 1);
    provider.before = () => {};
    const { steps } = await deploy(state, provider, at("b"));
    assert.deepEqual(ops(steps), ["same a", "delete a"]);
    assert.deepEqual([...provider.objects.keys()], ["a-2"]);
  });

  it("records a resource that failed to initialize, and updates it next time", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    provider.before = (call) => {
      if (call === "create a") throw new InitializationError("a-0", { value: 1 }, ["not healthy in time"]);
    };
    const { error } = await deploy(state, provider, [{ name: "a", inputs: { value: 1 } }]);
    assert.match(String(error), /failed to initialize: not healthy in time/);
    assert.equal(state.resources.get(urnOf("a"))?.id, "a-0");
    const { steps } = await deploy(state, provider, [{ name: "a", inputs: { value: 1 } }]);
    assert.deepEqual(ops(steps), ["update a"]);
    assert.deepEqual(ops((await deploy(state, provider, [{ name: "a", inputs: { value: 1 } }])).steps), [
      "same a",
    ]);
  });

  it("rejects the deletion of a protected resource before deleting anything", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    await deploy(state, provider, [{ name: "a" }, { name: "b", options: { protect: true } }, { name: "c" }]);
    const { error } = await deploy(state, provider, [{ name: "a" }]);
    assert.match(String(error), /Nothing was deleted.*::b is protected.*protect: false/s);
    assert.equal(provider.objects.size, 3);
    await deploy(state, provider, [{ name: "a" }, { name: "b" }]);
    assert.deepEqual(ops((await deploy(state, provider, [{ name: "a" }])).steps), ["same a", "delete b"]);
  });

  it("rejects the replacement of a protected resource before creating anything", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    const at = (zone: string): TestResource[] => [
      { name: "a", inputs: { zone }, options: { protect: true } },
    ];
    await deploy(state, provider, at("a"));
    const { error } = await deploy(state, provider, at("b"));
    assert.match(String(error), /is protected, and the change replaces it/);
    assert.deepEqual(provider.calls, ["create a"]);
  });

  it("keeps the old values of ignoreChanges", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    const thing = (size: number, color: string): TestResource[] => [
      { name: "a", inputs: { size, tags: { color } }, options: { ignoreChanges: ["size", "tags.color"] } },
    ];
    await deploy(state, provider, thing(1, "blue"));
    const { steps } = await deploy(state, provider, thing(2, "green"));
    assert.deepEqual(ops(steps), ["same a"]);
    assert.deepEqual(provider.objects.get("a-1"), { size: 1, tags: { color: "blue" }, arn: "arn:a-1" });
  });

  it("finds a renamed resource and its children by an alias", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    const group = (name: string, aliases: TestResource["options"]): TestResource[] => [
      { name, custom: false, type: "test:index:Group", options: aliases },
      { name: `${name}-child`, parent: name },
      { name: "user", arnOf: { group: `${name}-child` } },
    ];
    await deploy(state, provider, group("old", {}));
    provider.calls.length = 0;
    const { steps } = await deploy(state, provider, group("new", { aliases: [{ name: "old" }] }));
    assert.deepEqual(provider.calls, []);
    assert.deepEqual(ops(steps), ["same new", "same new-child", "same user"]);
    const child = urnOf("new-child", undefined, urnOf("new", "test:index:Group"));
    assert.equal(state.resources.get(child)?.id, "old-child-1");
    assert.deepEqual(state.resources.get(urnOf("user"))?.dependencies, [child]);
  });

  it("rejects inputs that the provider's check rejects", async () => {
    const { error, steps } = await deploy(new StackState(), new MemoryProvider(), [
      { name: "a", inputs: { value: "invalid" } },
    ]);
    assert.match(String(error), /value: must not be invalid/);
    assert.equal(steps[0]?.error, "value: must not be invalid");
  });

  it("reports a package without a provider", async () => {
    const { error } = await deploy(new StackState(), new MemoryProvider(), [
      { name: "a", type: "cloud:index:Thing" },
    ]);
    assert.match(
      String(error),
      /no provider for package "cloud" \(cloud:index:Thing\); providers given: memory/,
    );
  });

  it("removes a resource with retainOnDelete from the state, and keeps it in the cloud", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    await deploy(state, provider, [{ name: "a" }, { name: "b" }]);
    await deploy(state, provider, [{ name: "a", options: { retainOnDelete: true } }, { name: "b" }]);
    const { steps } = await deploy(state, provider, []);
    assert.deepEqual(
      steps.map(({ op }) => op),
      ["delete", "delete"],
    );
    assert.deepEqual([state.resources.size, [...provider.objects.keys()]], [0, ["a-1"]]);
  });

  const unsupported: Readonly<Record<string, TestResource["options"]>> = {
    hooks: { hasHooks: true },
    import: { importId: "x-1" },
    deletedWith: { deletedWith: urnOf("b") },
    replaceWith: { replaceWith: [urnOf("b")] },
    replacementTrigger: { replacementTrigger: "1" },
  };
  for (const [option, options] of Object.entries(unsupported)) {
    it(`rejects the option ${option}, which needs the Pulumi CLI`, async () => {
      const provider = new MemoryProvider();
      const { error } = await deploy(new StackState(), provider, [{ name: "a", options }]);
      assert.match(String(error), new RegExp(`"${option}" is not supported .* Pulumi CLI`));
      assert.deepEqual(provider.calls, []);
    });
  }

  it("rejects explicit providers and component plugins, which need the Pulumi CLI", async () => {
    const unsupportedTypes: TestResource[] = [
      { name: "elsewhere", type: "pulumi:providers:memory" },
      { name: "plugin", type: "plugin:index:Plugin", custom: false, remote: true },
    ];
    for (const resource of unsupportedTypes) {
      const { error } = await deploy(new StackState(), new MemoryProvider(), [resource]);
      assert.match(String(error), /not supported by the in-process engine/);
    }
  });

  describe("secrets", () => {
    it("are plain for the provider and marked in outputs and state", async () => {
      const [state, provider] = [new StackState(), new MemoryProvider()];
      const inputs = { password: new Secret("swordfish-7"), port: 1 };
      const { results } = await deploy(state, provider, [
        { name: "a", inputs, options: { additionalSecretOutputs: ["arn"] } },
      ]);
      assert.equal(provider.objects.get("a-1")?.password, "swordfish-7");
      assert.deepEqual(printable(results.get("a")?.outputs ?? null), {
        password: "[secret]",
        port: 1,
        arn: "[secret]",
      });
      assert.ok(!JSON.stringify([...state.resources.values()]).includes("swordfish"));
    });

    it("are marked where a provider repeats them in another output", async () => {
      const [state, provider] = [new StackState(), new MemoryProvider()];
      const create = provider.create.bind(provider);
      provider.create = async (urn, inputs, context) => {
        const { id, outs } = await create(urn, inputs, context);
        return { id, outs: { ...outs, url: `postgres://app:${inputs.password}@host` } };
      };
      await deploy(state, provider, [{ name: "a", inputs: { password: new Secret("swordfish-7") } }]);
      assert.ok(state.resources.get(urnOf("a"))?.outputs.url instanceof Secret);
    });

    it("are masked in changes", async () => {
      const [state, provider] = [new StackState(), new MemoryProvider()];
      await deploy(state, provider, [{ name: "a", inputs: { password: new Secret("swordfish-7") } }]);
      const { steps, events } = await deploy(state, provider, [
        { name: "a", inputs: { password: new Secret("marlin-8000") } },
      ]);
      assert.deepEqual(steps[0]?.changes, [
        {
          path: "password",
          kind: "update",
          old: "[secret]",
          new: "[secret]",
          secret: true,
          forcesReplacement: false,
        },
      ]);
      assert.ok(!/swordfish|marlin/.test(JSON.stringify(events)));
    });
  });

  describe("in a preview", () => {
    it("reports what the provider would change, and changes nothing", async () => {
      const [state, provider] = [new StackState(), new MemoryProvider()];
      await deploy(state, provider, chain);
      provider.calls.length = 0;
      const next: TestResource[] = [
        { name: "database", inputs: { size: 2 } },
        { name: "app", arnOf: { database: "database" }, inputs: { zone: "b" } },
        { name: "new" },
      ];
      const { steps, results } = await deploy(state, provider, next, { preview: true });
      assert.deepEqual(provider.calls, []);
      assert.deepEqual(ops(steps), [
        "update database",
        "create new",
        "replace app",
        "delete web",
        "delete app",
      ]);
      assert.equal(results.get("database")?.outputs.arn, "arn:database-1");
      assert.equal(results.get("new")?.id, undefined);
    });

    it("makes outputs unknown that an update may change", async () => {
      const [state, provider] = [new StackState(), new MemoryProvider()];
      provider.unknowns = ["arn"];
      const things = (size: number): TestResource[] => [
        { name: "a", inputs: { size } },
        { name: "b", arnOf: { a: "a" } },
      ];
      await deploy(state, provider, things(1));
      const { results, steps } = await deploy(state, provider, things(2), { preview: true });
      assert.equal(results.get("a")?.outputs.arn, UNKNOWN);
      assert.deepEqual(
        steps[1]?.changes.map(({ path, old, new: next }) => [path, old, next]),
        [["a", "arn:a-1", "[unknown]"]],
      );
    });
  });

  it("aborts: running calls are signalled, no new step starts", async () => {
    const [state, provider] = [new StackState(), new MemoryProvider()];
    const abort = new AbortController();
    provider.before = (call, signal) => {
      if (call !== "create app") return;
      abort.abort(new Error("enough"));
      assert.equal(signal?.aborted, true);
    };
    const { error } = await deploy(state, provider, chain, { signal: abort.signal });
    assert.match(String(error), /enough/);
    assert.deepEqual(provider.calls, ["create database", "create app"]);
    // The running call finished, and its resource is recorded.
    assert.deepEqual([...state.resources.keys()], [urnOf("database"), urnOf("app")]);
  });

  it("limits a call to its customTimeouts", async () => {
    const provider = new MemoryProvider();
    provider.before = (_call, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    const { error } = await deploy(new StackState(), provider, [
      { name: "a", options: { timeouts: { create: 0.05 } } },
    ]);
    assert.match(String(error), /longer than 0.05 s/);
  });
});
