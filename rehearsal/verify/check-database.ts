import { hasStatus, shownAnswer } from "./ask";
import { becomes } from "./check-service";
import type { Subject } from "./test-bed";
import type { VerifyContext } from "./verify-context";

/** Time in which a service must work again after a change. */
export const BACK_LIMIT_MS = 15_000;

/** Prepares each statement of a version against the schema. */
export async function checkQueries(
  queries: Readonly<Record<string, string>>,
  { bed, results }: VerifyContext,
): Promise<void> {
  const problems: string[] = [];
  await bed.asSuperuser(async (client) => {
    for (const [name, text] of Object.entries(queries)) {
      await client.query("BEGIN");
      await client.query(`PREPARE verified AS ${text}`).catch(({ message }: Error) => {
        problems.push(`${name}: ${message}`);
      });
      await client.query("ROLLBACK");
      await client.query("DEALLOCATE ALL");
    }
  });
  const count = Object.keys(queries).length;
  if (count === 0) results.add("queries", undefined, "not exercised", "the version lists no statements");
  else
    results.report(
      "queries",
      undefined,
      problems.join("; ") || undefined,
      `${count} statements were prepared`,
    );
}

/** Compares the names of the open connections of one color. */
export async function checkConnectionNames(
  subjects: readonly Subject[],
  { bed, application: { name, tiers }, results }: VerifyContext,
): Promise<void> {
  for (const { tier, color, version } of subjects) {
    if (!tiers[tier].calls.includes("database")) {
      results.add("database-name", tier, "not exercised", "the tier does not call the database");
      results.add("password", tier, "not exercised", "the tier does not call the database");
      continue;
    }
    const names = await bed.connectionNames(color);
    if (names.length === 0) {
      results.add("database-name", tier, "not exercised", "no connection to the database was open");
      continue;
    }
    const expected = `${name}:${color}:${version}`;
    const wrong = names.filter((each) => each !== expected).map((each) => JSON.stringify(each));
    const problem = `application_name is ${wrong.join(", ")} instead of "${expected}"`;
    results.report("database-name", tier, wrong.length > 0 ? problem : undefined, expected);
  }
}

/** Replaces the password of the color, ends its connections, and waits until the services work again. */
export async function checkPassword(
  subjects: readonly Subject[],
  { bed, application: { tiers }, results }: VerifyContext,
): Promise<void> {
  const users = subjects.filter(({ tier }) => tiers[tier].calls.includes("database"));
  const [first] = users;
  if (first === undefined) return;
  await bed.replacePassword(first.color);
  for (const { tier, instance } of users) {
    const path = tiers[tier].readinessPath;
    if (path === undefined) {
      results.add("password", tier, "not exercised", "the tier has no readinessPath");
      continue;
    }
    const answer = await becomes(200, instance.port, path, BACK_LIMIT_MS);
    const seen = `GET ${path}: ${shownAnswer(answer)}`;
    const problem = `${seen} ${BACK_LIMIT_MS / 1000} s after the password was replaced`;
    results.report(
      "password",
      tier,
      hasStatus(answer, 200) ? undefined : problem,
      `${seen} with the new password`,
    );
  }
}
