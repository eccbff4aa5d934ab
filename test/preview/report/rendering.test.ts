import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Answer } from "../../../preview/findings/registry";
import { changeLines } from "../../../preview/report/lines";
import { COMMENT_LIMIT, toMarkdown } from "../../../preview/report/markdown";
import { readable, readableParts } from "../../../preview/report/property-view";
import type { Report } from "../../../preview/report/report";
import { toText } from "../../../preview/report/text";
import { diffLines } from "../../../preview/report/text-diff";

const change = (old: unknown, next: unknown) =>
  readable({ path: "p", kind: "update", old, new: next, secret: false, forcesReplacement: false });
const shown = (old: unknown, next: unknown) => change(old, next).lines?.map(({ sign, text }) => sign + text);

const EMPTY: Report = {
  ...{
    format: 2,
    project: "p",
    stack: "dev",
    base: { ref: "main", commit: "0123456789" },
    head: { ref: "x" },
  },
  ...{ outcome: "changes", answers: [], counts: { create: 0, update: 1, replace: 0, delete: 0, same: 0 } },
  ...{ complete: true, resources: [], outputs: [], messages: [], notes: [] },
};

describe("readable values", () => {
  it("shows policies, user data and files in it line by line", () => {
    const policy = (Action: string) => JSON.stringify({ Statement: [{ Action, Effect: "Allow" }] });
    assert.deepEqual(shown(policy("s3:Get"), policy("s3:*")), [
      "…",
      '   "Statement": [',
      "     {",
      '-      "Action": "s3:Get",',
      '+      "Action": "s3:*",',
      '       "Effect": "Allow"',
      "     }",
      "…",
    ]);
    const data = (version: string) =>
      Buffer.from(
        `#cloud-config\nwrite_files:\n  - ${JSON.stringify({ path: "/e", content: `V=${version}\n` })}\n`,
      ).toString("base64");
    assert.deepEqual(shown(data("1"), data("2"))?.slice(-4), [
      '   - path: "/e"',
      "     content: |",
      "-      V=1",
      "+      V=2",
    ]);
  });

  it("leaves plain values and secrets as they are", () => {
    assert.equal(shown("small", "large"), undefined);
    assert.equal(shown(1, 2), undefined);
    const secret = { path: "p", kind: "update", old: "[secret]", new: "[secret]", secret: true } as const;
    assert.equal(readable({ ...secret, forcesReplacement: false }).lines, undefined);
  });

  it("keeps every line that differs", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });
    fc.assert(
      fc.property(text, text, (old, next) => {
        const lines = diffLines(old.join("\n"), next.join("\n"));
        const count = (sign: string) => lines.filter((line) => line.sign === sign).length;
        assert.equal(count("+") - count("-"), next.length - old.length);
        assert.equal(lines.length === 0, old.join() === next.join());
      }),
    );
  });
});

describe("inputs of what is new", () => {
  const added = (path: string, next: unknown) =>
    readableParts({ path, kind: "add", new: next, secret: false, forcesReplacement: false });

  it("stand part by part, so that no port and no range hides in a long line", () => {
    const rules = [
      { fromPort: 22, cidrBlocks: ["0.0.0.0/0", "::/0"] },
      { fromPort: 5432, groups: [], "of.dots": { password: "[secret]" } },
    ];
    const parts = added("ingress", rules);
    assert.deepEqual(
      parts.map(({ path, new: value, secret }) => [path, value, secret]),
      [
        ["ingress[0].fromPort", 22, false],
        ["ingress[0].cidrBlocks", ["0.0.0.0/0", "::/0"], false],
        ["ingress[1].fromPort", 5432, false],
        ["ingress[1].groups", [], false],
        ['ingress[1]["of.dots"].password', "[secret]", true],
      ],
    );
    assert.deepEqual(changeLines(parts).slice(0, 2), [
      "+ ingress[0].fromPort: 22",
      '+ ingress[0].cidrBlocks: ["0.0.0.0/0","::/0"]',
    ]);
  });

  it("are folded where they are long", () => {
    const text = Array.from({ length: 500 }, (_, i) => `line ${i}`).join("\n");
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, "x".repeat(500)]));
    const changes = [...added("script", text), ...added("tags", many)];
    const view = { op: "create", urn: "u", type: "a:b:C", name: "n", protect: false } as const;
    const resource = { ...view, mayReplace: false, replaceReasons: [], changes };
    const lines = toText({ ...EMPTY, outcome: "changes", resources: [resource] }).split("\n");
    assert.ok(lines.length < 80 && lines.every((line) => line.length < 260), `${lines.length} lines`);
    assert.ok(lines.includes("      … 480 more lines"), lines.join("\n"));
    assert.match(lines.join("\n"), /… 262 more lines; --format json has them/);
  });
});

describe("markdown", () => {
  const resource = (name: string, text: string) => ({
    ...{ op: "update" as const, urn: `u:${name}`, type: "a:b/c:C", name, protect: false, mayReplace: false },
    replaceReasons: [],
    changes: [change(`${text}\nold`, `${text}\nnew`)],
  });
  const report = (more: Partial<Report>): Report => ({ ...EMPTY, ...more });

  it("never is longer than a comment, and says what was cut", () => {
    const resources = Array.from({ length: 900 }, (_, i) => resource(`name-${i}`, `line ${i}`));
    const text = toMarkdown(report({ resources }));
    assert.ok(text.length <= COMMENT_LIMIT, `${text.length}`);
    assert.match(text, /_\d+ of 9\d\d changes are not shown here: a comment holds 65536 characters/);
    const long = toMarkdown(
      report({
        outcome: "broken",
        error: { outcome: "broken", step: "evaluate", message: "x".repeat(200_000), frames: [] },
      }),
    );
    assert.ok(long.length <= COMMENT_LIMIT);
  });

  it("has the most serious answer as its headline, and of those the first", () => {
    const headline = (...levels: Answer["level"][]) => {
      const answers = levels.map((level, i) => ({
        ...{ topic: "users" as const, level, text: `${level} ${i}.`, details: [] },
      }));
      return /: (.*)\n/.exec(toMarkdown(report({ answers })))?.[1];
    };
    assert.equal(headline("good", "attention", "danger", "danger"), "danger 2");
    assert.equal(headline("good", "info", "attention", "attention"), "attention 2");
    assert.equal(headline("attention", "good", "attention"), "attention 0");
    assert.equal(headline("good", "info"), "good 0");
  });

  it("lets nothing out of its block, and mentions nobody", () => {
    const text = toMarkdown(
      report({
        resources: [resource("a</code><img src=x>", "```\n<script>")],
        answers: [{ topic: "users", level: "info", text: "for @everybody <b> **x**", details: [] }],
      }),
    );
    assert.ok(!text.includes("<img") && !text.includes("<b>") && !text.includes("@everybody"));
    const fences = text.split("\n").filter((line) => /^`{4,}/.test(line));
    assert.equal(fences.length, 2);
    assert.ok(text.includes("\\*\\*x\\*\\*"));
  });

  it("writes out what a terminal would obey, or would read backwards", () => {
    const hostile = report({ resources: [resource("a\u001b[2Jb", "first\nsecond\u202e\u0007")] });
    for (const text of [toText(hostile), toMarkdown(hostile)]) {
      assert.ok(text.includes("a\\u001b[2Jb") && text.includes("\\u202e\\u0007"), text);
      for (const character of ["\u001b", "\u202e", "\u0007"]) assert.ok(!text.includes(character));
    }
  });
});
