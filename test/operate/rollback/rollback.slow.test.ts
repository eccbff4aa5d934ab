import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { withSimulator } from "../../simulator/stack";
import { createSimulatedStack, RELEASE, TOPIC } from "../simulated-stack";

const BLUE = { blue: 100, green: 0 };
const GREEN = { blue: 0, green: 100 };

describe("rollback: command against the API of the simulator", function () {
  this.timeout(180_000);

  it("shifts all traffic, records and announces it, and says what to set in the config", async () => {
    await withSimulator(async (stack) => {
      const simulated = await createSimulatedStack(stack);
      await simulated.shift(GREEN);
      const args = ["rollback", "--outputs", simulated.outputsFile(), "--reason", "5 % errors"];

      // No traffic shifts in a dry run, or without a terminal and --yes.
      const dry = await simulated.run([...args, "--dry-run"]);
      assert.deepEqual(
        [dry.status, dry.stdout],
        [0, "Would shift all traffic to blue 1.0.0. Nothing was changed.\n"],
      );
      assert.match(dry.stderr, /Rollback to blue 1\.0\.0: web 2\/2 healthy, app 2\/2 healthy\./);
      const unasked = await simulated.run(args);
      assert.equal(unasked.status, 2);
      assert.match(
        unasked.stderr,
        /^--yes must be given without a terminal, because traffic shifts only after a confirmation, got nothing\./,
      );
      assert.deepEqual(await simulated.shares(), GREEN);

      const done = await simulated.run([...args, "--yes"]);
      assert.equal(done.status, 0, done.stderr);
      assert.match(
        done.stdout,
        /^blue 1\.0\.0 receives all traffic, \d+\.\d s after the start \(shift 4\)\.\n/,
      );
      assert.match(done.stdout, /pulumi config set live blue\n {2}pulumi config set canaryPercent 0\n$/);
      assert.deepEqual(await simulated.shares(), BLUE);
      const response = await fetch(simulated.url);
      assert.equal(((await response.json()) as { version: string }).version, "1.0.0");

      const { "changeover:at": at = "", ...tags } = await simulated.tags();
      assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000, at);
      assert.deepEqual(tags, {
        "changeover:serial": "4",
        "changeover:kind": "rollback",
        "changeover:actor": "tester",
        "changeover:reason": "5 errors",
      });
      const { events, notifications } = stack.simulator.messages();
      assert.match(JSON.stringify(events), /Shift Rolled Back/);
      assert.match(
        JSON.stringify(notifications),
        new RegExp(`${TOPIC}.*Rolled back to blue 1\\.0\\.0 by tester`),
      );

      const again = await simulated.run([
        "rollback",
        "--outputs",
        simulated.outputsFile(),
        "--to",
        "blue",
        "--yes",
      ]);
      assert.deepEqual(
        [again.status, again.stdout],
        [0, "blue 1.0.0 already receives all traffic. Nothing was changed.\n"],
      );
    });
  });

  it("ends a canary, and shifts to a color without instances only with --force", async () => {
    await withSimulator(async (stack) => {
      const simulated = await createSimulatedStack(stack);
      const canary = { blue: 90, green: 10 };
      await simulated.shift(canary);
      const release = { ...RELEASE, live: "blue", weights: canary };
      const args = ["rollback", "--outputs", simulated.outputsFile({ release }), "--yes", "--json"];
      const ended = await simulated.run(args);
      assert.equal(ended.status, 0, ended.stderr);
      const { status, color, before, after, serial, seconds, commands } = JSON.parse(ended.stdout);
      assert.deepEqual(
        { status, color, before, after, serial, commands },
        {
          status: "shifted",
          color: "blue",
          before: canary,
          after: BLUE,
          serial: 4,
          commands: ["pulumi config set live blue", "pulumi config set canaryPercent 0"],
        },
      );
      assert.ok(seconds > 0 && seconds < 20, String(seconds));

      const empty = await simulated.run([...args, "--to", "green"]);
      assert.equal(empty.status, 4);
      assert.match(empty.stderr, /green has no instances in web/);
      assert.deepEqual(await simulated.shares(), BLUE);
      assert.equal((await simulated.run([...args, "--to", "green", "--force"])).status, 0);
      assert.deepEqual(await simulated.shares(), GREEN);
    });
  });

  it("shifts traffic although everything except the rule is out of order", async () => {
    await withSimulator(async (stack) => {
      const simulated = await createSimulatedStack(stack);
      await simulated.shift(GREEN);
      const args = ["rollback", "--outputs", simulated.outputsFile(), "--yes"];
      stack.simulator.denyAction("elasticloadbalancing:ModifyRule");
      const denied = await simulated.run(args);
      assert.equal(denied.status, 1);
      assert.match(
        denied.stderr,
        /The production rule was not changed: .*\naws elbv2 modify-rule|aws elbv2 modify-rule/s,
      );
      assert.deepEqual(await simulated.shares(), GREEN);

      stack.simulator.allowAction("elasticloadbalancing:ModifyRule");
      for (const action of [
        "elasticloadbalancing:DescribeTargetHealth",
        "elasticloadbalancing:AddTags",
        "events:PutEvents",
        "sns:Publish",
      ]) {
        stack.simulator.denyAction(action);
      }
      const done = await simulated.run(args);
      assert.equal(done.status, 0, done.stderr);
      assert.deepEqual(await simulated.shares(), BLUE);
      assert.match(done.stderr, /Warning: the targets cannot be read/);
      assert.match(done.stderr, /Warning: the record is not on the rule's tags/);
      assert.match(done.stderr, /Warning: notification failed/);
    });
  });

  it("shifts traffic to a given color although the output `release` cannot be read", async () => {
    await withSimulator(async (stack) => {
      const simulated = await createSimulatedStack(stack);
      await simulated.shift(GREEN);
      const args = ["rollback", "--outputs", simulated.outputsFile({ release: { live: "red" } }), "--yes"];
      const unsure = await simulated.run(args);
      assert.equal(unsure.status, 1);
      assert.match(unsure.stderr, /output `release` must be .*\n--to must be blue or green/);
      const done = await simulated.run([...args, "--to", "blue"]);
      assert.equal(done.status, 0, done.stderr);
      assert.deepEqual(await simulated.shares(), BLUE);
    });
  });

  it("reads the outputs with `pulumi stack output`, and names --outputs if that fails", async () => {
    await withSimulator(async (stack) => {
      const simulated = await createSimulatedStack(stack);
      await simulated.shift(GREEN);
      const folder = join(stack.directory, "bin");
      mkdirSync(folder);
      const pulumi = (body: string) =>
        writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      const env = { PATH: `${folder}:${process.env.PATH}` };
      pulumi("echo 'error: connection refused' >&2; exit 255");
      const failed = await simulated.run(["rollback", "--yes", "--stack", "prod"], env);
      assert.equal(failed.status, 2);
      assert.match(
        failed.stderr,
        /stack output --json --non-interactive --stack prod` failed: error: connection/,
      );
      assert.match(failed.stderr, /--outputs FILE/);
      pulumi(
        `[ "$*" = "stack output --json --non-interactive --stack prod" ] && cat ${simulated.outputsFile()}`,
      );
      const done = await simulated.run(["rollback", "--yes", "--stack", "prod"], env);
      assert.equal(done.status, 0, done.stderr);
      assert.match(done.stdout, /pulumi config set live blue --stack prod\n/);
      assert.deepEqual(await simulated.shares(), BLUE);
    });
  });
});
