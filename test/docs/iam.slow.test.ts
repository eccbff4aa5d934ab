import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { ROOT } from "../cli/changeover";
import { declare } from "../support/stack";

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const folder = join(ROOT, "docs", "iam");
const names = readdirSync(folder);
const textOf = (name: string) => readFileSync(join(folder, `${name}.json`), "utf8");
const statementsOf = (name: string) =>
  (JSON.parse(textOf(name)) as { Version: string; Statement: Statement[] }).Statement;

function naming(policy: string, action: string): Statement[] {
  const matches = (pattern: string) =>
    new RegExp(`^${pattern.replace(/[.]/g, "\\.").replace(/\*/g, ".*")}$`, "i").test(action);
  return statementsOf(policy).filter(({ Action }) => Action.some(matches));
}

const RULE_CHANGES = ["ModifyRule", "DeleteRule", "SetRulePriorities"].map(
  (action) => `elasticloadbalancing:${action}`,
);

describe("IAM policies in docs/iam:", function () {
  this.timeout(180_000);

  it("are valid policies within IAM's limit, without wildcards for a whole service", () => {
    assert.deepEqual(names.sort(), [
      "deploy.json",
      "guardrail.json",
      "preview.json",
      "shift.json",
      "trust.json",
    ]);
    for (const name of names.map((file) => file.replace(".json", ""))) {
      const { Version, ...others } = JSON.parse(textOf(name));
      assert.deepEqual([Version, Object.keys(others)], ["2012-10-17", ["Statement"]], name);
      // A managed policy has at most 6144 characters, without white space.
      assert.ok(textOf(name).replace(/\s/g, "").length <= 6144, name);
      const sids = statementsOf(name).map(({ Sid }) => Sid);
      assert.deepEqual(sids, [...new Set(sids)]);
      for (const { Sid, Effect, Action, Resource, Condition, ...rest } of statementsOf(name)) {
        assert.match(Sid, /^[A-Za-z0-9]+$/);
        assert.equal(Effect, name === "guardrail" ? "Deny" : "Allow");
        for (const action of Action)
          assert.match(action, /^[a-z0-9]+:(\*?[A-Z]\w+)\*?$/, `${name} ${action}`);
        assert.deepEqual(Object.keys(rest), name === "trust" ? ["Principal"] : []);
        assert.equal(Resource === undefined, name === "trust", Sid);
        for (const keys of Object.values(Condition ?? {})) assert.ok(Object.keys(keys).length > 0, Sid);
      }
    }
  });

  it("preview can only read", () => {
    for (const { Action } of statementsOf("preview")) {
      for (const action of Action) assert.match(action, /^[a-z0-9]+:(Describe|Get|List)/);
    }
  });

  it("only shift may change a rule, and only rules of the stack by ARN and tag", () => {
    for (const action of RULE_CHANGES) assert.deepEqual(naming("preview", action), [], action);
    assert.deepEqual(naming("deploy", "elasticloadbalancing:ModifyRule"), []);
    const statements = naming("shift", "elasticloadbalancing:ModifyRule");
    assert.deepEqual(
      statements.map(({ Sid }) => Sid),
      ["ShiftTraffic"],
    );
    for (const { Resource, Condition } of [
      ...statements,
      ...naming("shift", "elasticloadbalancing:AddTags"),
    ]) {
      assert.match(String(Resource), /:listener-rule\/app\/prod-\*$/);
      assert.deepEqual(Condition?.StringEquals, { "aws:ResourceTag/changeover:stack": "prod" });
    }
    for (const action of ["elasticloadbalancing:DeleteRule", "elasticloadbalancing:CreateRule"]) {
      assert.deepEqual(naming("shift", action), []);
    }
  });

  it("statements that change something name their resources, or the region where EC2 has no names", () => {
    for (const policy of ["deploy", "shift"]) {
      for (const { Sid, Resource, Condition } of statementsOf(policy)) {
        if (Sid === "ReadTraffic") continue;
        if (Sid === "ManageNetwork") assert.ok(Condition?.StringEquals?.["aws:RequestedRegion"]);
        else assert.notEqual(Resource, "*", Sid);
      }
    }
    const [pass] = naming("deploy", "iam:PassRole");
    assert.ok(pass?.Condition?.StringEquals?.["iam:PassedToService"]);
  });

  it("the guardrail denies changes of a rule to everyone but the two roles and the watch", () => {
    const [statement] = statementsOf("guardrail");
    assert.deepEqual([...(statement?.Action ?? [])].sort(), [...RULE_CHANGES].sort());
    assert.deepEqual(statement?.Condition, {
      ArnNotLike: {
        "aws:PrincipalArn": [
          "arn:aws:iam::123456789012:role/changeover-deploy",
          "arn:aws:iam::123456789012:role/changeover-shift",
          "arn:aws:iam::123456789012:role/prod-watch-*",
        ],
      },
    });
  });

  it("a role can be assumed only by its environment's jobs", () => {
    const [{ Condition } = { Condition: {} }] = statementsOf("trust");
    assert.match(JSON.stringify(Condition), /:sub":"repo:[\w-]+\/[\w-]+:environment:\w+"/);
    assert.doesNotMatch(JSON.stringify(Condition), /\*/);
  });

  describe("for the resources of the program", () => {
    /** IAM's prefix of a type's service, where it differs from the module. */
    const PREFIXES: Readonly<Record<string, string>> = {
      lb: "elasticloadbalancing",
      vpc: "ec2",
      "cloudwatch/logGroup": "logs",
      "cloudwatch/eventRule": "events",
    };
    let types: string[] = [];
    let ruleTags: unknown;

    before(async () => {
      const { graph } = await declare(
        {
          ...{ live: "blue", blueVersion: "1.0.0", domainName: "shop.example.com" },
          hostedZoneId: "Z0123456789ABCDEFGHIJ",
        },
        { stack: "prod" },
      );
      types = graph.resources.map(({ type }) => type).filter((type) => type.startsWith("aws:"));
      const rules = graph.resources.filter(({ type }) => type === "aws:lb/listenerRule:ListenerRule");
      ruleTags = rules.find(({ name }) => name.endsWith("-production"))?.inputs.tags;
    });

    it("each service is in the policies of preview and deploy", () => {
      const services = new Set(
        types.map((type) => {
          const path = type.split(":")[1] ?? "";
          const module = path.split("/")[0] ?? "";
          return PREFIXES[path] ?? PREFIXES[module] ?? module;
        }),
      );
      assert.ok(services.size > 8);
      for (const policy of ["preview", "deploy"]) {
        const named = new Set(
          statementsOf(policy).flatMap(({ Action }) => Action.map((each) => each.split(":")[0])),
        );
        assert.deepEqual(
          [...services].filter((service) => !named.has(service)),
          [],
          policy,
        );
      }
    });

    it("the production rule has the tag of the condition", () => {
      assert.equal((ruleTags as Record<string, string> | undefined)?.["changeover:stack"], "prod");
    });
  });
});
