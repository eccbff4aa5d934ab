import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { isTypeKnown } from "../../aws/replacements";
import type { Graph } from "../../engine/program/graph";
import { compareGraphs, emptyGraph } from "../../preview/compare/comparison";
import { evaluateRevision } from "../../preview/evaluate/evaluate-revision";
import { scriptsIn } from "../../preview/evaluate/migration-scripts";
import { toMarkdown } from "../../preview/report/markdown";
import { type Report, reportOf } from "../../preview/report/report";
import { toText } from "../../preview/report/text";
import { cleanUpAfterAll, command, devStack, ownProgram, type Repository } from "./support";

const BOTH = { blueVersion: "1.0.0", greenVersion: "1.1.0" };
const revisions = { base: { ref: "main", commit: "0123456789" }, head: { ref: "working tree" } };

/** One base, and what a pull request could ask for; evaluated once, looked at from several sides. */
describe("preview of our own program", function () {
  this.timeout(120_000);
  cleanUpAfterAll();

  let repository: Repository;
  let base: Graph;

  before(async () => {
    repository = ownProgram();
    repository.commit(devStack(BOTH));
    base = await evaluateIn(repository);
  });

  async function evaluateIn({ folder }: Repository, deployed?: Graph): Promise<Graph> {
    const place = { root: folder, workingTree: folder, programDirectory: folder, emptySubmodules: [] };
    const { graph } = await evaluateRevision(
      { ref: "working tree", ...place },
      {
        stack: "dev",
        signal: new AbortController().signal,
        timeoutSeconds: 60,
        onQuiet: () => undefined,
        ...(deployed === undefined ? {} : { deployed: Promise.resolve(deployed) }),
      },
    );
    return graph;
  }

  async function reportFor(settings: Readonly<Record<string, string | number>>): Promise<Report> {
    repository.write(devStack(settings));
    const head = await evaluateIn(repository, base);
    const scripts = { base: scriptsIn(base), head: scriptsIn(head) };
    return reportOf(compareGraphs(base, head, scripts), {
      project: "changeover",
      stack: "dev",
      ...revisions,
    });
  }

  const named = ({ resources }: Report) => resources.map(({ op, name }) => `${op} ${name}`);
  const texts = ({ answers }: Report) => answers.map(({ text }) => text);

  it("says of a flip in its first lines what users get, and lists the rule and the gate alone", async () => {
    repository.write(devStack({ ...BOTH, live: "green" }));
    const { status, stdout, stderr } = await command(["--base", "main"], { cwd: repository.folder });
    assert.equal(status, 2, stdout + stderr);
    const lines = stdout.split("\n").slice(2, 9);
    assert.match(lines[0] ?? "", /All users move from blue to green\.$/);
    assert.match(lines[3] ?? "", /The way back is open: blue runs 1\.0\.0 and is warm\.$/);
    assert.match(lines.join("\n"), /Nothing that holds data is touched\./);
    assert.match(stdout, /2 resources change: 1 to update, 1 to replace;/);
    assert.match(stdout, /± replace dev-gate-live .*\n(.*\n)*~ update dev-edge-production /);
    assert.match(stdout, /<TargetGroup:dev-web-blue\.arn> → <TargetGroup:dev-web-green\.arn>/);
    assert.equal(repository.worktrees().length, 1);
  });

  it("has a flip's users in the headline of a comment", async () => {
    const report = await reportFor({ ...BOTH, live: "green" });
    assert.match(
      toMarkdown(report),
      /^### 🔎 Preview of `changeover\/dev`: All users move from blue to green\n/,
    );
  });

  it("declares no type of which it is not known what replaces it, and lists a whole new stack readably", () => {
    const types = base.resources.filter(({ custom, read }) => custom && !read).map(({ type }) => type);
    assert.deepEqual([...new Set(types)].filter((type) => !isTypeKnown(type)).sort(), []);
    const empty = emptyGraph("changeover", "dev");
    const report = reportOf(compareGraphs(empty, base), {
      project: "changeover",
      stack: "dev",
      ...revisions,
    });
    const text = toText(report);
    const lines = text.split("\n");
    assert.ok(lines.length < 3_000 && lines.every((line) => line.length < 260), `${lines.length} lines`);
    assert.match(
      text,
      /\+ create dev-edge\S* \(aws:vpc:SecurityGroupIngressRule\)\n +\+ cidrIpv4: "0\.0\.0\.0\/0"\n/,
    );
    assert.ok(toMarkdown(report).length <= 65_536);
  });

  it("shows a deployment: the migration, the exchange of servers, and user data as a diff", async () => {
    const report = await reportFor({ ...BOTH, greenVersion: "1.2.0" });
    const said = texts(report).join("\n");
    assert.match(said, /No users move: blue has all users\./);
    assert.match(said, /expand runs 0004_severity and 0005_severity_validated/);
    assert.match(said, /Nothing that holds data is touched\./);
    assert.match(said, /Instances: 4 exchanged/);
    const order = named(report);
    const at = (what: string) => order.indexOf(what);
    assert.ok(
      at("replace dev-expand") >= 0 && at("replace dev-expand") < at("replace dev-app-green"),
      order.join("\n"),
    );
    assert.ok(at("replace dev-app-green") < at("replace dev-web-green"), order.join("\n"));
    assert.ok(
      !order.some((step) => step.endsWith("dev-edge-production") || step.includes("gate")),
      order.join("\n"),
    );
    const text = toText(report);
    assert.match(text, /- +VERSION="1\.1\.0"\n +\+ +VERSION="1\.2\.0"/);
    const group = report.resources.find(
      ({ op, name, type }) => op === "replace" && name === "dev-web-green" && type.includes("/group:"),
    );
    assert.deepEqual(group?.replaceReasons, ["launchTemplate.version"]);
  });

  it("says who shares the users of a canary", async () => {
    const report = await reportFor({ ...BOTH, canaryPercent: 10 });
    assert.equal(
      texts(report)[0],
      "10 % of the users move from blue to green; then blue has 90 % and green has 10 %.",
    );
    assert.deepEqual(named(report), ["create dev-gate-canary", "update dev-edge-production"]);
  });

  it("warns before the way back is closed", async () => {
    const report = await reportFor({
      ...BOTH,
      live: "green",
      idle: "off",
      contractThrough: "0002_split_name",
    });
    const wayBack = report.answers.find(({ topic }) => topic === "wayBack");
    assert.equal(wayBack?.level, "danger");
    assert.match(wayBack?.text ?? "", /^This CLOSES the way back to 1\.0\.0 for good \(.*0002_split_name/);
    assert.match(texts(report).join("\n"), /contract runs 0002_split_name/);
    assert.match(toMarkdown(report).split("\n")[0] ?? "", /🛑.*CLOSES the way back/);
  });

  it("refuses what cannot be done in one update, as the update would", async () => {
    const both = reportFor({ ...BOTH, greenVersion: "1.2.0", live: "green" });
    await assert.rejects(both, /live must be .*, got "green"\. Deploy first/);
  });

  it("refuses a migration that users would feel, with the place and the rule", async () => {
    const script = "app/migrations/0009_unique.expand.sql";
    repository.write({ [script]: "-- needed-by: 1.3.0\nALTER TABLE records ADD UNIQUE (created_at);\n" });
    const refused =
      /0009_unique\.expand\.sql:2 must be .*, got ALTER TABLE records.*\(add-unique: .*lint-ignore/;
    try {
      await assert.rejects(reportFor({ ...BOTH, greenVersion: "1.3.0" }), refused);
    } finally {
      rmSync(join(repository.folder, script));
    }
  });

  it("shouts when users move unchecked, and when nobody gets in", async () => {
    const program = readFileSync(join(repository.folder, "index.ts"), "utf8");
    const edited = program
      .replace("{ dependsOn: checks }", "{}")
      .replace(
        "subnetIds: network.publicSubnetIds,",
        "subnetIds: network.publicSubnetIds, allowedCidrs: [],",
      );
    repository.write({ "index.ts": edited });
    try {
      const report = await reportFor({ ...BOTH, live: "green" });
      assert.deepEqual(
        report.answers.slice(0, 3).map(({ level, text }) => `${level}: ${text}`),
        [
          "attention: All users move from blue to green.",
          "danger: No gate looks at green before users get there: nobody knows whether it can serve.",
          "danger: Nobody is let in any more at port 80 of dev-edge.",
        ],
      );
    } finally {
      repository.write({ "index.ts": program });
    }
  });

  it("shouts when HTTPS and the users' name go, and is silent when they come", async () => {
    const name = { domainName: "records.example.com", hostedZoneId: "Z0123456789ABC" };
    repository.write(devStack({ ...BOTH, ...name, allowPlainHttp: false }));
    const encrypted = await evaluateIn(repository, base);
    const entrance = (from: Graph, to: Graph) =>
      reportOf(compareGraphs(from, to), { project: "changeover", stack: "dev", ...revisions }).answers.find(
        ({ topic }) => topic === "entrance",
      );
    assert.equal(entrance(base, encrypted), undefined);
    assert.equal(
      entrance(encrypted, base)?.text,
      "dev-edge no longer takes HTTPS: what is sent there travels in clear. " +
        "The DNS name records.example.com leads nowhere any more.",
    );
  });

  it("shows what a replacement takes with it, and what holds data", async () => {
    const report = await reportFor({ ...BOTH, network: '{"cidr":"10.9.0.0/16"}' });
    const order = named(report);
    assert.ok(order.includes("replace dev-vpc"), order.join("\n"));
    assert.ok(order.includes("replace dev-private-1") && order.includes("replace dev-web-blue"));
    const users = report.answers.find(({ topic }) => topic === "users");
    assert.match(users?.text ?? "", /servers of blue are exchanged while blue has users/);
  });
});
