import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { isTypeKnown } from "../../aws/replacements";
import { isAwsType } from "../../aws/resource-types";
import type { Graph, GraphResource } from "../../engine/program/graph";
import { compareGraphs } from "../../preview/compare/comparison";
import { evaluateRevision } from "../../preview/evaluate/evaluate-revision";
import { emptyGraph } from "../../preview/evaluate/evaluated";
import { migrationScripts } from "../../preview/evaluate/migration-scripts";
import type { Topic } from "../../preview/findings/registry";
import { comparisonReport } from "../../preview/report/build-report";
import { toMarkdown } from "../../preview/report/markdown";
import type { StackReport } from "../../preview/report/report";
import { toText } from "../../preview/report/text";
import { topicFindings, wholeReport } from "../../test/preview/findings/graphs";
import { cleanUpAfterAll, command, devStack, ownProgram, type Repository } from "../../test/preview/support";

const BOTH = { blueVersion: "1.0.0", greenVersion: "1.1.0" };
const FLIP = { ...BOTH, live: "green" };

type Settings = Readonly<Record<string, string | number | boolean>>;

describe("preview of our own program:", function () {
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
    const folders = { root: folder, workingTree: folder, programDirectory: folder, emptySubmodules: [] };
    const { graph } = await evaluateRevision(
      { ref: "working tree", ...folders },
      {
        ...{ stack: "dev", signal: new AbortController().signal, timeoutSeconds: 60 },
        onInactive: () => undefined,
        ...(deployed === undefined ? {} : { deployed: Promise.resolve(deployed) }),
      },
    );
    return graph;
  }

  const evaluated = new Map<string, Promise<Graph>>();
  function headFor(settings: Settings): Promise<Graph> {
    const key = JSON.stringify(settings);
    const known = evaluated.get(key);
    if (known !== undefined) return known;
    repository.write(devStack(settings));
    const graph = evaluateIn(repository, base);
    evaluated.set(key, graph);
    return graph;
  }

  function reportOn(from: Graph, to: Graph): StackReport {
    const scripts = { base: migrationScripts(from), head: migrationScripts(to) };
    return comparisonReport(compareGraphs(from, to, scripts), "dev");
  }

  const reportFor = async (settings: Settings) => reportOn(base, await headFor(settings));
  const steps = ({ resources }: StackReport) => resources.map(({ op, name }) => `${op} ${name}`);
  const findingOn = ({ findings }: StackReport, topic: Topic) => topicFindings(findings, topic);
  const summaryOf = (report: StackReport, topic: Topic) => findingOn(report, topic)?.summary ?? "";

  it("a flip lists traffic and rollback first, and changes the rule and the gate check alone", async () => {
    repository.write(devStack(FLIP));
    const { status, stdout, stderr } = await command(["--base", "main"], { cwd: repository.folder });
    assert.equal(status, 2, stdout + stderr);
    const lines = stdout.split("\n").slice(2, 14);
    assert.match(
      lines.join("\n"),
      /All traffic shifts from blue to green\. .*\n(.*\n)*.*traffic can roll back from 1\.1\.0 to 1\.0\.0: blue runs 1\.0\.0 /,
    );
    assert.match(lines.join("\n"), /No resource with data changes\./);
    assert.match(stdout, /2 resources change: 1 to update, 1 to replace;/);
    assert.match(stdout, /± replace dev-gate-live .*\n(.*\n)*~ update dev-edge-production /);
    assert.match(stdout, /<TargetGroup:dev-web-blue\.arn> → <TargetGroup:dev-web-green\.arn>/);
    assert.equal(repository.worktrees().length, 1);
  });

  it("a flip is the headline of the comment", async () => {
    assert.match(
      toMarkdown(wholeReport(await reportFor(FLIP))),
      /^### 🔎 Preview of `p\/dev`: All traffic shifts from blue to green\n/,
    );
  });

  it("a new stack has known types alone and a readable report", () => {
    const types = base.resources.filter(({ custom, read }) => custom && !read).map(({ type }) => type);
    assert.deepEqual([...new Set(types)].filter((type) => !isTypeKnown(type)).sort(), []);
    const report = reportOn(emptyGraph("changeover", "dev"), base);
    const text = toText(wholeReport(report));
    const lines = text.split("\n");
    assert.ok(
      lines.length < 3_000 && lines.every((line) => line.length < 300),
      `${lines.length} lines, the longest ${Math.max(...lines.map(({ length }) => length))}: ${lines.find(({ length }) => length >= 300)}`,
    );
    assert.match(
      text,
      /\+ create dev-edge\S* \(aws:vpc:SecurityGroupIngressRule\)\n +\+ cidrIpv4: "0\.0\.0\.0\/0"\n/,
    );
    assert.ok(toMarkdown(wholeReport(report)).length <= 65_536);
  });

  it("a deployment shows the migration, the replaced instances, and the launch template of the version", async () => {
    const report = await reportFor({ ...BOTH, greenVersion: "1.2.0" });
    assert.deepEqual(
      ["traffic", "data"].map((topic) => findingOn(report, topic as Topic)?.severity),
      ["none", "none"],
    );
    assert.match(summaryOf(report, "migrations"), /expand runs 0004_severity and 0005_severity_validated/);
    assert.match(summaryOf(report, "instances"), /^Instances: 4 replaced/);
    const order = steps(report);
    const positions = ["replace dev-expand", "replace dev-app-green", "replace dev-web-green"].map((each) =>
      order.indexOf(each),
    );
    assert.ok(!positions.includes(-1), order.join("\n"));
    assert.deepEqual(
      positions,
      [...positions].sort((a, b) => a - b),
      order.join("\n"),
    );
    assert.ok(
      !order.some((step) => step.endsWith("dev-edge-production") || step.includes("gate")),
      order.join("\n"),
    );
    for (const step of ["create dev-web-green-1.2.0", "delete dev-web-green-1.1.0"])
      assert.ok(order.includes(step), order.join("\n"));
    assert.match(toText(wholeReport(report)), /VERSION="1\.2\.0"/);
    const group = report.resources.find(
      ({ op, name, type }) => op === "replace" && name === "dev-web-green" && type.includes("/group:"),
    );
    assert.deepEqual(group?.replaceReasons, ["launchTemplate.id", "launchTemplate.version"]);
  });

  it("a canary shows both shares", async () => {
    const report = await reportFor({ ...BOTH, canaryPercent: 10 });
    assert.equal(
      summaryOf(report, "traffic"),
      "10 % of the traffic shifts from blue to green; then blue receives 90 % and green receives 10 %.",
    );
    assert.deepEqual(steps(report), ["create dev-gate-canary", "update dev-edge-production"]);
  });

  it("a contract warns that rollback closes for good", async () => {
    const report = await reportFor({
      ...{ ...FLIP, idle: "off", contractThrough: "0002_split_name", allowMixedFlip: true },
    });
    assert.equal(findingOn(report, "rollback")?.severity, "danger");
    assert.match(
      summaryOf(report, "rollback"),
      /^This CLOSES rollback to 1\.0\.0 for good .*0002_split_name/,
    );
    assert.match(summaryOf(report, "migrations"), /contract runs 0002_split_name/);
    assert.match(toMarkdown(wholeReport(report)).split("\n")[0] ?? "", /🛑.*CLOSES rollback/);
  });

  it("a deployment and a flip in one update are rejected", async () => {
    await assert.rejects(
      reportFor({ ...BOTH, greenVersion: "1.2.0", live: "green" }),
      /live must be .*, got "green"/,
    );
  });

  it("a migration that blocks writes is rejected with its line and lint rule", async () => {
    const script = "app/migrations/0012_unique.expand.sql";
    repository.write({ [script]: "-- needed-by: 1.4.0\nALTER TABLE records ADD UNIQUE (created_at);\n" });
    try {
      await assert.rejects(
        reportFor({ ...BOTH, greenVersion: "1.4.0" }),
        /0012_unique\.expand\.sql:2.*add-unique/s,
      );
    } finally {
      rmSync(join(repository.folder, script));
    }
  });

  it("a flip without its gate check and without inbound rules is reported as danger", async () => {
    const head = await headFor(FLIP);
    const isInboundRule = ({ type, name }: GraphResource) =>
      isAwsType(type, "SecurityGroupIngressRule") && name.startsWith("dev-edge");
    const isGate = (urn: string) => /::dev-gate[^:]*$/.test(urn);
    const unsafe = head.resources
      .filter((resource) => !isInboundRule(resource))
      .map((resource) => ({
        ...resource,
        dependencies: resource.dependencies.filter((urn) => !isGate(urn)),
      }));
    const report = reportOn(base, { ...head, resources: unsafe });
    assert.deepEqual(
      report.findings.slice(0, 3).map(({ topic, severity }) => `${topic} ${severity}`),
      ["traffic warning", "healthGate danger", "ingress danger"],
    );
    assert.match(summaryOf(report, "healthGate"), /\bgreen\b/);
    assert.match(summaryOf(report, "ingress"), /\bdev-edge\b.*\bport 80\b/);
  });

  it("losing HTTPS and the DNS name is reported, gaining them is not", async () => {
    const name = { domainName: "records.example.com", hostedZoneId: "Z0123456789ABC" };
    const encrypted = await headFor({ ...BOTH, ...name, allowPlainHttp: false });
    assert.equal(findingOn(reportOn(base, encrypted), "ingress"), undefined);
    const lost = summaryOf(reportOn(encrypted, base), "ingress");
    assert.match(lost, /^dev-edge no longer accepts HTTPS.* records\.example\.com /);
  });

  it("a replaced VPC replaces what depends on it", async () => {
    const report = await reportFor({ ...BOTH, network: '{"cidr":"10.9.0.0/16"}' });
    const order = steps(report);
    for (const name of ["dev-vpc", "dev-private-1", "dev-web-blue"])
      assert.ok(order.includes(`replace ${name}`), order.join("\n"));
    assert.match(summaryOf(report, "traffic"), /target group of blue is replaced while it receives traffic/);
  });
});
