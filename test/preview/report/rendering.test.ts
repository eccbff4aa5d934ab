import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { Secret } from "../../../engine/values/values";
import { compareGraphs } from "../../../preview/compare/comparison";
import type { FindingSeverity } from "../../../preview/findings/finding";
import { changeLines } from "../../../preview/report/lines";
import { COMMENT_LIMIT, toMarkdown } from "../../../preview/report/markdown";
import { viewParts, viewProperty } from "../../../preview/report/property-view";
import type { StackReport } from "../../../preview/report/report";
import { toText } from "../../../preview/report/text";
import { diffLines } from "../../../preview/report/text-diff";
import { graph, resource as graphResource, reportOn, wholeReport } from "../findings/graphs";

const change = (old: unknown, next: unknown) =>
  viewProperty({ path: "p", kind: "update", old, new: next, secret: false, forcesReplacement: false });
const shown = (old: unknown, next: unknown) => change(old, next).lines?.map(({ sign, text }) => sign + text);

const EMPTY: StackReport = {
  stack: "dev",
  ...{ outcome: "changes", findings: [], counts: { create: 0, update: 1, replace: 0, delete: 0, same: 0 } },
  ...{ complete: true, resources: [], outputs: [], messages: [], notes: [] },
};

describe("preview report values:", () => {
  it("policies, user data and its files are shown line by line", () => {
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

  it("a deleted resource with retainOnDelete is said to stay in AWS", () => {
    const type = "aws:s3/bucketObjectv2:BucketObjectv2";
    const object = (name: string, retainOnDelete: boolean) =>
      graphResource(type, name, { key: name }, { retainOnDelete });
    const report = reportOn(compareGraphs(graph(object("kept", true), object("lost", false)), graph()));
    const lines = toText(wholeReport(report)).split("\n");
    assert.ok(lines.includes("- delete kept (aws:s3:BucketObjectv2), stays in AWS"), lines.join("\n"));
    assert.ok(lines.includes("- delete lost (aws:s3:BucketObjectv2)"));
  });

  it("plain values and secrets have no line diff", () => {
    assert.equal(shown("small", "large"), undefined);
    assert.equal(shown(1, 2), undefined);
    const secret = { path: "p", kind: "update", old: "[secret]", new: "[secret]", secret: true } as const;
    assert.equal(viewProperty({ ...secret, forcesReplacement: false }).lines, undefined);
  });

  it("a line diff has every line that differs", () => {
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

describe("preview report, new resources:", () => {
  const added = (path: string, next: unknown) =>
    viewParts({ path, kind: "add", new: next, secret: false, forcesReplacement: false });

  it("every part of an input has a line of its own", () => {
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

  it("long inputs are cut", () => {
    const text = Array.from({ length: 500 }, (_, i) => `line ${i}`).join("\n");
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, "x".repeat(500)]));
    const changes = [...added("script", text), ...added("tags", many)];
    const view = { op: "create", urn: "u", type: "a:b:C", name: "n", protect: false } as const;
    const resource = { ...view, mayReplace: false, replaceReasons: [], changes };
    const lines = toText(wholeReport({ ...EMPTY, outcome: "changes", resources: [resource] })).split("\n");
    assert.ok(lines.length < 80 && lines.every((line) => line.length < 260), `${lines.length} lines`);
    assert.ok(lines.includes("      … 480 more lines"), lines.join("\n"));
    assert.match(lines.join("\n"), /… 262 more lines; see --format json/);
  });
});

describe("preview report:", () => {
  it("never shows a secret", () => {
    const secret = (text: string) =>
      graph(graphResource("aws:s3/bucket:Bucket", "records", { bucketPrefix: new Secret(text) }));
    const report = reportOn(compareGraphs(secret("hunter2"), secret("hunter3")));
    assert.doesNotMatch(JSON.stringify(report), /hunter/);
  });

  it("marks an update of an unknown type as a possible replacement", () => {
    const thing = (size: number) => graph(graphResource("other:index:Thing", "x", { size }));
    const report = reportOn(compareGraphs(thing(1), thing(2)));
    assert.equal(report.resources[0]?.mayReplace, true);
  });
});

describe("preview report in markdown:", () => {
  const resource = (name: string, text: string) => ({
    ...{ op: "update" as const, urn: `u:${name}`, type: "a:b/c:C", name, protect: false, mayReplace: false },
    replaceReasons: [],
    changes: [change(`${text}\nold`, `${text}\nnew`)],
  });
  const report = (more: Partial<StackReport>) => wholeReport({ ...EMPTY, ...more });

  it("is cut at the limit of a comment, with the number of resources left out", () => {
    const resources = Array.from({ length: 900 }, (_, i) => resource(`name-${i}`, `line ${i}`));
    const text = toMarkdown(report({ resources }));
    assert.ok(text.length <= COMMENT_LIMIT, `${text.length}`);
    assert.match(text, /_\d+ of 9\d\d changes are not shown: a comment is limited to 65536 characters/);
    const long = toMarkdown(
      report({
        outcome: "failed",
        error: { outcome: "failed", step: "evaluate", message: "x".repeat(200_000), issues: [], frames: [] },
      }),
    );
    assert.ok(long.length <= COMMENT_LIMIT);
  });

  it("has the first of the most severe findings as its headline", () => {
    const headline = (...severities: FindingSeverity[]) => {
      const findings = severities.map((severity, i) => ({
        ...{
          topic: "traffic" as const,
          code: "traffic-shifted" as const,
          severity,
          summary: `${severity} ${i}.`,
          details: [],
        },
      }));
      return /: (.*)\n/.exec(toMarkdown(report({ findings })))?.[1];
    };
    assert.equal(headline("none", "warning", "danger", "danger"), "danger 2");
    assert.equal(headline("none", "info", "warning", "warning"), "warning 2");
    assert.equal(headline("warning", "none", "warning"), "warning 0");
    assert.equal(headline("none", "info", "info"), "info 1");
  });

  it("escapes markup, HTML and mentions", () => {
    const text = toMarkdown(
      report({
        resources: [resource("a</code><img src=x>", "```\n<script>")],
        findings: [
          {
            ...{ topic: "traffic", code: "traffic-shifted", severity: "info", details: [] },
            summary: "for @team <b> **x** ![](https://a.example/x.png) fixes #12 and GH-13",
          },
        ],
      }),
    );
    assert.ok(!text.includes("<img") && !text.includes("<b>") && !text.includes("@team"));
    const code = report({
      findings: [
        {
          ...{ topic: "traffic", code: "traffic-shifted", severity: "info", details: [] },
          summary: "Set it: `pulumi config set a @b <x>` or `half",
        },
      ],
    });
    assert.ok(toMarkdown(code).includes("Set it: `pulumi config set a @b <x>` or \\`half"));
    assert.doesNotMatch(text, /!\[|https?:\/\/a\.example|#12|GH-13/);
    const fences = text.split("\n").filter((line) => /^`{4,}/.test(line));
    assert.equal(fences.length, 2);
    assert.ok(text.includes("\\*\\*x\\*\\*"));
  });

  it("escapes terminal control characters and text direction marks", () => {
    const hostile = report({ resources: [resource("a\u001b[2Jb", "first\nsecond\u202e\u0007")] });
    for (const text of [toText(hostile), toMarkdown(hostile)]) {
      assert.ok(text.includes("a\\u001b[2Jb") && text.includes("\\u202e\\u0007"), text);
      for (const character of ["\u001b", "\u202e", "\u0007"]) assert.ok(!text.includes(character));
    }
  });
});
