import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { toMarkdown } from "../../../preview/report/markdown";
import type { PreviewReport } from "../../../preview/report/report";
import { cleanUpAfterAll } from "../../../test/preview/support";
import { PULL_REQUESTS, type PullRequest } from "./changes";
import { MORE_PULL_REQUESTS } from "./more-changes";
import { SharedRepository } from "./repository";

describe("preview of pull requests:", function () {
  this.timeout(180_000);
  cleanUpAfterAll();

  let repository: SharedRepository;
  before(() => {
    repository = new SharedRepository();
  });

  const codesOf = ({ findings, stacks }: PreviewReport) =>
    [...findings, ...stacks.flatMap((stack) => stack.findings)].map(
      ({ severity, code }) => `${severity} ${code}`,
    );

  function check(report: PreviewReport, { outcome, ...expected }: PullRequest): void {
    const { stacks = {}, codes = [], without = [], says, saysNot = [] } = expected;
    const comment = toMarkdown(report);
    assert.equal(report.outcome, outcome, comment);
    for (const [stack, ofStack] of Object.entries(stacks)) {
      assert.equal(report.stacks.find((each) => each.stack === stack)?.outcome, ofStack, comment);
    }
    const found = codesOf(report);
    for (const code of codes) assert.ok(found.includes(code), `${code} is missing in ${found.join(", ")}`);
    const unwanted = found.filter((code) => without.some((severity) => code.startsWith(`${severity} `)));
    assert.deepEqual(unwanted, [], comment);
    for (const text of says) assert.match(comment, text);
    for (const text of saysNot) assert.doesNotMatch(comment, text);
  }

  for (const pullRequest of [...PULL_REQUESTS, ...MORE_PULL_REQUESTS]) {
    it(pullRequest.title, async () => {
      const stacks = pullRequest.stacksPreviewed === "all" ? undefined : ["production"];
      check(await repository.preview(pullRequest.change, stacks), pullRequest);
    });
  }
});
