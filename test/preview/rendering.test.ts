import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { COMMENT_LIMIT, toMarkdown } from "../../preview/markdown";
import { readable } from "../../preview/readable";
import type { Report } from "../../preview/report";
import { diffLines } from "../../preview/text-diff";

const change = (old: unknown, next: unknown) =>
  readable({ path: "p", kind: "update", old, new: next, secret: false, forcesReplacement: false });
const shown = (old: unknown, next: unknown) => change(old, next).lines?.map(({ sign, text }) => sign + text);

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

describe("markdown", () => {
  const resource = (name: string, text: string) => ({
    ...{ op: "update" as const, urn: `u:${name}`, type: "a:b/c:C", name, protect: false, mayReplace: false },
    replaceReasons: [],
    changes: [change(`${text}\nold`, `${text}\nnew`)],
  });
  const report = (more: Partial<Report>): Report => ({
    ...{
      format: 1,
      project: "p",
      stack: "dev",
      base: { ref: "main", commit: "0123456789" },
      head: { ref: "x" },
    },
    ...{ outcome: "changes", answers: [], counts: { create: 0, update: 1, replace: 0, delete: 0, same: 0 } },
    ...{ resources: [], outputs: [], messages: [], notes: [], ...more },
  });

  it("never is longer than a comment, and says what was cut", () => {
    const resources = Array.from({ length: 900 }, (_, i) => resource(`name-${i}`, `line ${i}`));
    const text = toMarkdown(report({ resources }));
    assert.ok(text.length <= COMMENT_LIMIT, `${text.length}`);
    assert.match(text, /_\d+ of 9\d\d resources are not shown here: a comment holds 65536 characters/);
    const long = toMarkdown(
      report({ outcome: "broken", error: { revision: "head", message: "x".repeat(200_000), frames: [] } }),
    );
    assert.ok(long.length <= COMMENT_LIMIT);
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
});
