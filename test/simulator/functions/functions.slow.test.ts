import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { alive, type Outs, type TestSimulator, until, withSimulator } from "../stack";

const functionType = "aws:lambda/function:Function";
const invocationType = "aws:lambda/invocation:Invocation";

const code = (text: string, hash = text) => ({
  kind: "archive",
  hash,
  assets: {
    "index.js": { kind: "asset", text, hash },
    data: {
      kind: "archive",
      hash: "d",
      assets: { "note.txt": { kind: "asset", text: "beside", hash: "d" } },
    },
  },
});

const handler = `
const { readFileSync } = require("node:fs");
exports.handler = async (event, context) => {
  if (event.fail) throw new RangeError("no such color: " + event.fail);
  if (event.exit) process.exit(3);
  if (event.pidFile) require("node:fs").writeFileSync(event.pidFile, String(process.pid));
  while (event.spin);
  if (event.sleepMs) await new Promise((resolve) => setTimeout(resolve, event.sleepMs));
  console.log("called");
  return {
    got: event,
    beside: readFileSync(__dirname + "/data/note.txt", "utf8"),
    color: process.env.COLOR,
    name: context.functionName,
    pid: process.pid,
    left: context.getRemainingTimeInMillis() > 0,
    id: typeof context.awsRequestId,
  };
};
`;

async function deploy(stack: TestSimulator, more: Outs = {}) {
  return stack.create(functionType, "step", {
    code: code(handler),
    handler: "index.handler",
    runtime: "nodejs22.x",
    role: "arn:aws:iam::123456789012:role/step",
    publish: true,
    environment: { variables: { COLOR: "blue" } },
    ...more,
  });
}

const call = (fn: { outs: Outs }, input: unknown) => ({
  functionName: fn.outs.name,
  qualifier: fn.outs.version,
  input: JSON.stringify(input),
  triggers: { version: "1" },
});

describe("simulator: Lambda function", () => {
  it("Lambda function: runs the real handler of the published version in its own process", async () => {
    await withSimulator(async (stack) => {
      const fn = await deploy(stack);
      assert.equal(fn.outs.version, "1");
      const first = await stack.create(invocationType, "call", call(fn, { color: "green" }));
      const { pid, name, ...result } = JSON.parse(String(first.outs.result));
      assert.deepEqual(result, {
        got: { color: "green" },
        beside: "beside",
        color: "blue",
        left: true,
        id: "string",
      });
      assert.equal(name, fn.outs.name);
      assert.notEqual(pid, process.pid);
      await until("the end of its process", () => !alive(pid));

      const inputs = { ...fn.inputs, environment: { variables: { COLOR: "green" } } };
      assert.ok((await stack.diff(fn, inputs))?.unknowns?.includes("version"));
      const next = await stack.update(fn, inputs);
      assert.equal(next.outs.version, "2");
      const colors = [];
      for (const each of [fn, next]) {
        const { outs } = await stack.create(invocationType, "call", call(each, {}));
        colors.push(JSON.parse(String(outs.result)).color);
      }
      assert.deepEqual(colors, ["blue", "green"]);
    });
  });

  it("Lambda function: a failed handler fails the invocation resource", async () => {
    await withSimulator(async (stack) => {
      const fn = await deploy(stack);
      await assert.rejects(
        stack.create(invocationType, "call", call(fn, { fail: "red" })),
        /^Error: invoking Lambda Function \(step-[0-9a-f]{7}\): \{"errorType":"RangeError","errorMessage":"no such color: red"/,
      );
      await assert.rejects(
        stack.create(invocationType, "call", call(fn, { exit: true })),
        /"errorType":"Runtime.ExitError".*Runtime exited with exit status 3/,
      );
      assert.equal(stack.simulator.resourceCounts()[invocationType] ?? 0, 0);
    });
  });

  it("Lambda function: a fault makes it fail or hang until it is repaired", async () => {
    await withSimulator(async (stack) => {
      const fn = await deploy(stack, { timeout: 1 });
      const { simulator } = stack;
      assert.deepEqual(simulator.functionNames(), [fn.id]);
      simulator.setFunctionFault(fn.id, "fails");
      await assert.rejects(stack.create(invocationType, "call", call(fn, {})), /"Runtime.ExitError"/);
      simulator.setFunctionFault(fn.id, "hangs");
      await assert.rejects(
        stack.create(invocationType, "call", call(fn, {})),
        /timed out after 1.00 seconds/,
      );
      simulator.setFunctionFault(fn.id, undefined);
      await stack.create(invocationType, "call", call(fn, {}));
    });
  });

  it("Lambda function: a fault lets it reach its timeout early", async () => {
    await withSimulator(async (stack) => {
      const fn = await deploy(stack, { timeout: 60 });
      stack.simulator.setFunctionFault(fn.id, "times out");
      const startedAt = performance.now();
      await assert.rejects(
        stack.create(invocationType, "call", call(fn, {})),
        /timed out after 60.00 seconds/,
      );
      assert.ok(performance.now() - startedAt < 50_000);
    });
  });

  it("Lambda function: is killed at its timeout and when its caller aborts", async () => {
    await withSimulator(async (stack) => {
      const fn = await deploy(stack, { timeout: 1, reservedConcurrentExecutions: 1 });
      const pidFile = join(stack.directory, "pid");
      // It never returns to its event loop, so only a kill ends it.
      const endless = stack.create(invocationType, "call", call(fn, { pidFile, spin: true }));
      const expected = assert.rejects(endless, /Task timed out after 1.00 seconds/);
      await assert.rejects(stack.create(invocationType, "more", call(fn, {})), /TooManyRequestsException/);
      await expected;
      const pid = Number(await readFile(pidFile, "utf8"));
      assert.ok(pid > 0 && !alive(pid), `process ${pid} outlived its time`);
      const { urn } = fn;
      const giveUp = AbortSignal.timeout(200);
      const aborted = stack
        .provider(invocationType)
        .create(urn.replace(functionType, invocationType), call(fn, { sleepMs: 30_000 }), { signal: giveUp });
      await assert.rejects(aborted, /the caller cancelled/);
    });
  });

  it("Lambda function: runs code from a folder, and rejects input that Lambda rejects", async () => {
    await withSimulator(async (stack) => {
      const folder = join(stack.directory, "bundle");
      await mkdir(folder);
      await writeFile(join(folder, "main.js"), "exports.run = async () => 'from a folder';");
      const fn = await deploy(stack, {
        code: { kind: "archive", path: folder, hash: "f" },
        handler: "main.run",
      });
      const { outs } = await stack.create(invocationType, "call", call(fn, {}));
      assert.equal(outs.result, '"from a folder"');
      const failures = await stack.checkFailures(functionType, {
        name: "x",
        timeout: 901,
        handler: "index",
        environment: { variables: { AWS_REGION: "eu-west-1" } },
      });
      assert.deepEqual(
        failures.map(({ property }) => property),
        ["timeout", "handler", "environment.variables.AWS_REGION"],
      );
      const [input] = await stack.checkFailures(invocationType, { input: "{" });
      assert.match(input?.reason ?? "", /^input must be JSON/);
    });
  });

  it("Lambda function: is invoked again only when triggers, input or qualifier change", async () => {
    await withSimulator(async (stack) => {
      const fn = await deploy(stack);
      const first = await stack.create(invocationType, "call", call(fn, {}));
      const replaced = async (inputs: Outs) => (await stack.diff(first, inputs))?.replaces;
      assert.deepEqual(await replaced({ ...first.inputs, triggers: { version: "2" } }), ["triggers"]);
      assert.deepEqual(await replaced({ ...first.inputs, input: '{"a":1}' }), ["input"]);
      assert.deepEqual((await stack.diff(first, first.inputs))?.changes, false);
      // Create before delete: the deletion of the old invocation must not remove the new one.
      const second = await stack.create(invocationType, "call", {
        ...call(fn, {}),
        triggers: { version: "2" },
      });
      await stack.delete(first);
      assert.ok(await stack.read(second));
    });
  });
});
