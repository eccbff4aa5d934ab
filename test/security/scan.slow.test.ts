import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import { production } from "../stack/program/stacks";
import type { Declared } from "../support/declared";
import { terraformPlan } from "./terraform-plan";

const run = promisify(execFile);
const ROOT = join(__dirname, "../..");
const LIMIT_MS = 400_000;

interface Finding {
  readonly scanner: "checkov" | "parliament";
  readonly id: string;
  /** Terraform's address of the resource without the name of the stack, such as `aws_lb.inner`. */
  readonly resource: string;
}

interface Accepted {
  readonly scanner: Finding["scanner"];
  readonly id: string;
  /** The resources that may have the finding. Any other resource needs a decision of its own. */
  readonly resources: readonly string[];
  readonly reason: string;
}

const accepted: readonly Accepted[] = JSON.parse(
  readFileSync(join(__dirname, "accepted-findings.json"), "utf8"),
);

const keyOf = (scanner: string, id: string, resource: string) => `${scanner} ${id} ${resource}`;
const acceptedKeys = accepted.flatMap(({ scanner, id, resources }) =>
  resources.map((resource) => keyOf(scanner, id, resource)),
);

function withoutStack(address: string): string {
  return address.replace(/\.records-prod-1-?/, ".").replace(/\.$/, "");
}

/** True if the scanner can be started. CI installs both; see .github/workflows/ci.yml. */
async function isInstalled(command: string, ...args: string[]): Promise<boolean> {
  return run(command, args, { timeout: LIMIT_MS }).then(
    () => true,
    () => false,
  );
}

async function checkov(declared: Declared, folder: string): Promise<Finding[]> {
  const file = join(folder, "plan.json");
  writeFileSync(file, JSON.stringify(terraformPlan(declared.resources)));
  const args = ["--file", file, "--framework", "terraform_plan", "--output", "json", "--quiet", "--compact"];
  const { stdout } = await run("checkov", [...args, "--soft-fail", "--skip-download"], {
    maxBuffer: 1 << 28,
    timeout: LIMIT_MS,
  });
  const { results } = JSON.parse(stdout) as {
    results: { failed_checks: { check_id: string; resource: string }[] };
  };
  return results.failed_checks.map(({ check_id: id, resource }) => ({
    scanner: "checkov",
    id,
    resource: withoutStack(resource),
  }));
}

const PARLIAMENT = `
import json, sys, parliament
found = []
for name, policy in json.load(sys.stdin).items():
    for finding in parliament.analyze_policy_string(policy).findings:
        found.append([name, finding.issue])
print(json.dumps(found))
`;

async function parliament(declared: Declared): Promise<Finding[]> {
  const policies = declared
    .of("iam/rolePolicy:RolePolicy")
    .map(({ name, inputs }): [string, string] => [`aws_iam_role_policy.${name}`, inputs.policy]);
  const child = run("python3", ["-c", PARLIAMENT], { maxBuffer: 1 << 28, timeout: LIMIT_MS });
  // The tests' partition has no services in parliament's tables.
  child.child.stdin?.end(JSON.stringify(Object.fromEntries(policies)).replaceAll("arn:aws-cn:", "arn:aws:"));
  const found = JSON.parse((await child).stdout) as [resource: string, id: string][];
  return found.map(([resource, id]) => ({
    scanner: "parliament",
    id,
    resource: withoutStack(resource),
  }));
}

describe("scan of a production stack (skipped without checkov and parliament: `pip install checkov parliament`)", function () {
  this.timeout(2 * LIMIT_MS);
  const folder = mkdtempSync(join(tmpdir(), "changeover-scan-"));
  let found: ReadonlySet<string> = new Set();

  before(async function () {
    const installed = [
      await isInstalled("checkov", "--version"),
      await isInstalled("python3", "-c", "import parliament"),
    ];
    if (installed.includes(false)) this.skip();
    const { declared } = await production();
    const findings = [...(await checkov(declared, folder)), ...(await parliament(declared))];
    found = new Set(findings.map(({ scanner, id, resource }) => keyOf(scanner, id, resource)));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("has no finding that is not accepted", () => {
    const open = [...found].filter((key) => !acceptedKeys.includes(key));
    assert.deepEqual(open, [], "Mend them, or accept them with a reason in accepted-findings.json.");
  });

  it("accepts only what is found", () => {
    const stale = acceptedKeys.filter((key) => !found.has(key));
    assert.deepEqual(stale, [], "Remove them from accepted-findings.json.");
  });
});

describe("accepted findings", () => {
  it("name the resources for which they are accepted", () => {
    const unnamed = accepted.filter(({ resources }) => !Array.isArray(resources) || resources.length === 0);
    assert.deepEqual(unnamed, []);
  });

  it("are in docs/security.md with their reasons", () => {
    const docs = readFileSync(join(ROOT, "docs/security.md"), "utf8");
    const table = docs.slice(docs.indexOf("<!-- accepted -->"), docs.indexOf("<!-- /accepted -->"));
    const rows = accepted.map(({ id, reason }) => `| \`${id}\` | ${reason} |`);
    assert.deepEqual(
      table.split("\n").filter((line) => line.startsWith("| `")),
      rows,
    );
  });
});
