import assert from "node:assert/strict";
import { inspect } from "node:util";
import { RunError } from "@pulumi/pulumi";
import {
  check,
  checkEachOnce,
  checkWhole,
  InvalidArgumentError,
  isStandIn,
  refusalSentence,
  text,
  Words,
} from "../../components/validation/invalid-argument";
import {
  BUCKET,
  checkName,
  DATABASE,
  FLEET,
  FLOW_LOGS,
  LOAD_BALANCER,
  type NameRule,
  ofAlarm,
  ofFunction,
} from "../../components/validation/names";
import { STAND_INS } from "./placeholders";

function sentence(check: () => void): string {
  try {
    check();
    return "accepted";
  } catch (error) {
    assert.ok(error instanceof InvalidArgumentError, String(error));
    return error.message;
  }
}

describe("a refusal", () => {
  const shown = (got: unknown) => refusalSentence({ what: "size", got, allowed: "less" });

  it("says what was got as it was given", () => {
    assert.equal(shown("big"), 'size: got "big"; allowed is less.');
    assert.equal(shown(""), 'size: got ""; allowed is less.');
    assert.equal(shown("two\nlines"), 'size: got "two\\nlines"; allowed is less.');
    assert.equal(shown(undefined), "size: got nothing; allowed is less.");
    assert.equal(shown(null), "size: got null; allowed is less.");
    assert.equal(shown(Number.NaN), "size: got NaN; allowed is less.");
    assert.equal(shown(2n ** 64n), "size: got 18446744073709551616; allowed is less.");
    assert.equal(shown(["a", 1]), 'size: got ["a",1]; allowed is less.');
    assert.equal(shown(Symbol("odd")), "size: got Symbol(odd); allowed is less.");
    assert.equal(shown(new Words("more than fits")), "size: got more than fits; allowed is less.");
  });

  it("does not show what a file holds, given in place of its path", () => {
    const key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----";
    assert.equal(shown(key), "size: got a text of 62 characters; allowed is less.");
    assert.equal(shown("x".repeat(257)), "size: got a text of 257 characters; allowed is less.");
  });

  it("ends with what to do, when there is something to say", () => {
    assert.equal(
      refusalSentence({ what: "size", got: 9, allowed: "less", todo: "Take 8." }),
      "size: got 9; allowed is less. Take 8.",
    );
  });
});

describe("a refusal in a program", () => {
  const error = new InvalidArgumentError({ what: "size", got: { secret: "s" }, allowed: "less" });

  it("is what Pulumi shows as its message alone, however it is printed", () => {
    assert.ok(RunError.isInstance(error));
    assert.equal(inspect(error), error.message);
  });
});

describe("what stands for a value in a preview", () => {
  it("is told from what nobody has filled in", () => {
    for (const standIn of STAND_INS) assert.ok(isStandIn(standIn), standIn);
    for (const other of ["<your-vpc-id>", "<paste the ARN>", "<*>", "<>", "vpc-1", "[encrypted]", undefined])
      assert.ok(!isStandIn(other), other);
  });
});

describe("a whole number", () => {
  it("is taken at both ends of its range, and when it is left to its default", () => {
    for (const value of [1, 5, undefined])
      assert.equal(
        sentence(() => checkWhole("size", value, 1, 5)),
        "accepted",
      );
  });

  it("is refused beyond them, and between two numbers", () => {
    for (const value of [0, 6, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const expected = `size: got ${value}; allowed is a whole number from 1 to 5.`;
      assert.equal(
        sentence(() => checkWhole("size", value, 1, 5)),
        expected,
      );
    }
  });
});

describe("a value that is looked at", () => {
  const rule = text(/^vpc-\w+$/, "an id");

  it("is a plain one: nobody knows better than AWS what another resource gives", () => {
    const output = { __pulumiOutput: true } as unknown as Promise<string>;
    const unknown = { __pulumiUnknown: true } as unknown as Promise<string>;
    for (const value of [output, unknown, Promise.resolve("subnet-1")]) check("vpcId", value, rule);
    assert.equal(
      sentence(() => check("vpcId", "subnet-1", rule)),
      'vpcId: got "subnet-1"; allowed is an id.',
    );
  });

  it("is not what stands for one in a preview without a cloud", () => {
    for (const value of STAND_INS) check("vpcId", value, rule);
    for (const value of ["<", "a>b", "[encrypted]"]) {
      assert.notEqual(
        sentence(() => check("vpcId", value, rule)),
        "accepted",
      );
    }
  });
});

describe("names in a list", () => {
  it("are each there once; what is not known yet may turn out to differ", () => {
    const later = Promise.resolve("a");
    const [standIn = ""] = STAND_INS;
    checkEachOnce("calls", ["a", "b", later, later, standIn, standIn]);
    assert.equal(
      sentence(() => checkEachOnce("calls", ["a", later, "a"])),
      'calls: got "a" twice; allowed is each once. Remove one, or give it another name.',
    );
  });
});

describe("a component's name", () => {
  const named = (rule: NameRule, name: string) => sentence(() => checkName("Fleet", name, rule));

  it("leaves room for what is appended to it", () => {
    assert.equal(named(FLEET, "a".repeat(18)), "accepted");
    const long = "a".repeat(19);
    assert.equal(
      named(FLEET, long),
      `Fleet name: got "${long}"; allowed is 1 to 18 letters, digits and hyphens, not starting with a hyphen or sg- ` +
        "(AWS bounds names to 32 characters, and 14 are appended). Give a shorter name.",
    );
    const lengths: readonly [NameRule, number][] = [
      [LOAD_BALANCER, 24],
      [DATABASE, 55],
      [ofFunction("-gate"), 51],
      [FLOW_LOGS, 51],
      [BUCKET, 45],
      [ofAlarm("-web-green-unhealthy"), 227],
    ];
    for (const [rule, longest] of lengths) {
      assert.equal(named(rule, "a".repeat(longest)), "accepted");
      assert.match(named(rule, "a".repeat(longest + 1)), /Give a shorter name\.$/);
    }
  });

  it("is what AWS takes of the resources that are named after it, and no less", () => {
    const cases: readonly { rule: NameRule; takes: readonly string[]; refuses: readonly string[] }[] = [
      {
        rule: FLEET,
        takes: ["web", "Web-2", "1web", "internal-web"],
        refuses: ["-web", "web_1", "web.1", "sg-web"],
      },
      {
        rule: LOAD_BALANCER,
        takes: ["edge", "1edge", "edge-"],
        refuses: ["-edge", "internal-edge", "sg-edge", "e_1"],
      },
      {
        rule: DATABASE,
        takes: ["ledger", "Ledger-2", "internal-db"],
        refuses: ["2ledger", "led--ger", "ledger-", "led_ger", "sg-ledger"],
      },
      {
        rule: ofFunction("-gate"),
        takes: ["shop", "1_shop", "-shop", "internal-shop"],
        refuses: ["shop.1", "my shop", "sg-shop"],
      },
      {
        rule: FLOW_LOGS,
        takes: ["shop", "1.shop_x", "sg-shop", "internal-shop"],
        refuses: ["my shop", "shop/1"],
      },
      {
        rule: BUCKET,
        takes: ["shop", "1.Shop", "internal-shop", "sg-shop"],
        refuses: ["-shop", "a..b", "shop_1", "xn--shop", "sthree-shop", "amzn-s3-demo-shop"],
      },
      { rule: ofAlarm(""), takes: ["shop", "1_shop", "sg-shop"], refuses: ["shop.1", "my shop", 'a"b'] },
    ];
    for (const { rule, takes, refuses } of cases) {
      for (const name of [...takes, ...STAND_INS]) assert.equal(named(rule, name), "accepted", name);
      for (const name of ["", "wéb", ...refuses]) assert.match(named(rule, name), /Give another name\.$/);
    }
  });
});
