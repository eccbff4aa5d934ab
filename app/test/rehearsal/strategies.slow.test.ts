import assert from "node:assert/strict";
import { join } from "node:path";
import { rehearseStrategies } from "../../../rehearsal/scenario/rehearse-strategies";
import type { StrategyName } from "../../../rehearsal/scenario/strategies";

const ROOT = join(__dirname, "..", "..", "..");
const NAMES = (process.env.TEST_STRATEGIES?.split(",") ?? ["streamlined"]) as StrategyName[];

describe("rehearsal: strategies of former times", function () {
  this.timeout(300_000 * NAMES.length);

  it("have an outage as long as their steps, and serve the new version afterwards", async () => {
    const lines: string[] = [];
    const {
      strategies = [],
      outcome,
      error,
    } = await rehearseStrategies(
      NAMES,
      {
        ...{
          programDirectory: ROOT,
          engine: "in-process",
          drainSeconds: 4,
          requestsPerSecond: 20,
          uploadSeconds: 1,
          again: false,
        },
        ...{ seed: 1, command: "test", canaryPercent: 0, bakeSeconds: 0, bootSeconds: 1 },
        versions: [{ version: "1.0.0" }, { version: "1.1.0", contractThrough: "0002_split_name" }],
      },
      {
        stepStarted: (title) => lines.push(title),
        stepEnded: (step) => lines.push(JSON.stringify(step)),
        loadStarted: () => undefined,
        progress: () => undefined,
      },
      AbortSignal.timeout(300_000 * NAMES.length),
    );
    assert.equal(error, undefined, [error?.message, ...lines].join("\n"));
    assert.deepEqual(
      strategies.map(({ name }) => name),
      NAMES,
    );
    for (const {
      name,
      steps,
      isServing,
      outageSeconds,
      lost,
      load,
      recordsUnreadableSeconds,
    } of strategies) {
      assert.ok(isServing, name);
      const outage = steps.filter(({ kind }) => kind === "outage");
      const [first, last] = [outage[0], outage.at(-1)];
      if (first === undefined || last === undefined) {
        assert.deepEqual([outageSeconds, lost.requestsFailed], [0, 0], name);
        continue;
      }
      const detail = [
        ...lines,
        JSON.stringify(load?.failureSpan),
        JSON.stringify(load?.failures.slice(0, 5)),
      ];
      const stepsSeconds = (Date.parse(last.endedAt) - Date.parse(first.startedAt)) / 1000;
      assert.ok(
        outageSeconds > stepsSeconds / 4 && outageSeconds < stepsSeconds + 5,
        [`${outageSeconds} s`, ...detail].join("\n"),
      );
      assert.ok(lost.requestsFailed > 0 && lost.sessionsLost === 0 && lost.wrongAnswers === 0, name);
      assert.ok(recordsUnreadableSeconds > 0 && recordsUnreadableSeconds <= outageSeconds, name);
      const scripts = outage.flatMap(({ migrations = [] }) => migrations.map(({ script }) => script));
      assert.deepEqual(scripts, [
        "0002_split_name.expand",
        "0003_names_validated.expand",
        "0002_split_name.contract",
      ]);
      // Until the outage, the former version served without an error.
      const firstFailure = load?.failureSpan?.firstAt ?? "";
      assert.ok(firstFailure >= first.startedAt, `${name}: ${firstFailure} is before ${first.startedAt}`);
    }
    assert.notEqual(outcome.result, "failed", outcome.reasons.join());
    process.stdout.write(
      process.env.TEST_STRATEGIES === undefined
        ? ""
        : `${strategies.map(({ name, outageSeconds, lost }) => `${name} ${outageSeconds} ${JSON.stringify(lost)}`).join("\n")}\n`,
    );
  });
});
