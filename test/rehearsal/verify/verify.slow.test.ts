import assert from "node:assert/strict";
import { join } from "node:path";
import { type Verification, verify } from "../../../rehearsal/verify/verify";
import { verificationReport, verificationText } from "../../../rehearsal/verify/verify-text";
import { tierUserData } from "../../../stack/tier-service";
import { type Broken, fragileApplication } from "../../applications/fragile/app";

const PROGRAM = join(__dirname, "..", "..", "applications", "fragile");
const LIMIT_MS = 120_000;
/** Verifications that run at the same time: they mostly wait. */
const AT_ONCE = 3;

async function verifyBroken(broken: Broken): Promise<Verification> {
  const application = fragileApplication(broken);
  const [source] = application.versions;
  assert.ok(source);
  return verify({
    ...{ application, source, programDirectory: PROGRAM },
    ...{ idleSeconds: 1, startSeconds: 8, signal: new AbortController().signal },
    userData: (...service) =>
      new Promise((resolve) => {
        tierUserData(...service).apply(resolve);
      }),
  });
}

function failed({ results }: Verification): string[] {
  return results
    .filter(({ outcome }) => outcome === "failed")
    .map(({ requirement, tier }) => [tier, requirement].filter(Boolean).join(" "))
    .sort();
}

describe("changeover verify: requirements", function () {
  this.timeout(LIMIT_MS);

  const cases: readonly (Broken & { readonly failed: readonly string[] })[] = [
    { failed: [] },
    {
      web: "stop-open-requests",
      app: "database-name",
      failed: ["app database-name", "web stop-open-requests"],
    },
    { web: "color-header", app: "keep-alive", failed: ["app keep-alive", "web color-header"] },
    { web: "instance", app: "health-is-shallow", failed: ["app health-is-shallow", "web instance"] },
    { web: "version", app: "password", failed: ["app password", "web version"] },
    {
      web: "stop-exit",
      app: "start-without-database",
      failed: ["app start-without-database", "web stop-exit"],
    },
    { web: "health", app: "stop-open-requests", failed: ["app stop-open-requests", "web health"] },
    { web: "stop-connection-close", app: "logs", failed: ["app logs", "web stop-connection-close"] },
    { web: "stop-health", app: "queries", failed: ["queries", "web stop-health"] },
    { web: "answers", app: "readiness", failed: ["answers", "app readiness"] },
    { app: "start", failed: ["app start"] },
  ];
  const known = new Map<number, Promise<Verification>>();
  const resultOf = (index: number): Promise<Verification> => {
    const verified = known.get(index);
    if (verified !== undefined) return verified;
    const result = verifyBroken(cases[index] ?? {});
    result.catch(() => undefined);
    known.set(index, result);
    return result;
  };

  cases.forEach(({ failed: expected, ...broken }, index) => {
    const what = Object.entries(broken).map(([tier, requirement]) => `${tier} ${requirement}`);
    it(`fail by name: ${what.join(", ") || "none"}`, async () => {
      for (let next = index; next < Math.min(index + AT_ONCE, cases.length); next++) void resultOf(next);
      const result = await resultOf(index);
      assert.deepEqual(failed(result), expected, verificationText(result));
      assert.equal(result.outcome, expected.length === 0 ? "passed" : "failed");
    });
  });

  it("say what is required, what to do, and what was not exercised", async () => {
    const text = verificationText(await resultOf(1));
    assert.match(
      text,
      /FAILED +web stop-open-requests +GET \/lines\/\d+, which was open at SIGTERM: no answer/,
    );
    assert.match(text, /Required: Requests that are open at SIGTERM are answered\.\n +Remedy: .*#shutdown\./);
    assert.match(text, /not exercised +uploads +the load has no upload\n/);
    assert.match(text, /not exercised +web stop-connection-close +there was no answer after SIGTERM\n/);
    assert.match(
      text,
      /\nFAILED: app database-name, web stop-open-requests\. \d+ passed, 2 failed, \d+ not exercised, in [\d.]+ s\.\n$/,
    );
    const [first] = verificationReport(await resultOf(1)).results;
    assert.equal(first?.docs, "docs/bring-your-own-application.md#the-service");
  });

  it("that need both tiers are not exercised if one does not start, and its log is shown", async () => {
    const { results: checks } = await resultOf(cases.length - 1);
    const start = checks.find(({ requirement, tier }) => requirement === "start" && tier === "app");
    assert.match(start?.seen ?? "", /nothing listens on HOST and PORT|the service ended/);
    const journeys = checks.find(({ requirement }) => requirement === "journeys");
    assert.deepEqual([journeys?.outcome, journeys?.seen], ["not exercised", "the tier app did not start"]);
  });
});
