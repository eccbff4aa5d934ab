import assert from "node:assert/strict";
import { join } from "node:path";
import { FAULTS } from "../../../rehearsal/faults";
import { type FaultResult, runFaults } from "../../../rehearsal/faults/stage/run-faults";

const LIMIT_MS = 900_000;

/** The incidents for which releases are designed, and short faults of each kind. `--faults all` rehearses all. */
const NAMES = [
  "load-balancer-node-lost",
  "database-restarted",
  "weights-changed-by-hand",
  "runner-killed",
  "flip-while-scaled-out",
  "lying-health-check",
  "errors-after-flip",
  "rollback-while-update-hangs",
  "migration-fails",
  "database-away",
];

describe("rehearsal: faults", function () {
  this.timeout(LIMIT_MS);
  const results = new Map<string, FaultResult>();

  before(async () => {
    const nothing = () => undefined;
    const all = await runFaults(
      FAULTS.filter(({ name }) => NAMES.includes(name)),
      {
        ...{ programDirectory: join(__dirname, "..", "..", ".."), engine: "in-process", seed: 1 },
        ...{ versions: ["1.0.0", "1.1.0"], requestsPerSecond: 40, signal: AbortSignal.timeout(LIMIT_MS) },
      },
      { stackStarted: nothing, faultStarted: nothing, faultEnded: nothing, stackLost: nothing },
    );
    for (const result of all) results.set(result.record.name, result);
  });

  for (const name of NAMES) {
    it(`rehearsal: under the fault ${name} nothing is lost beyond what it tolerates, and all is well afterwards`, () => {
      const result = results.get(name);
      assert.ok(result, `${name} was not rehearsed.`);
      const { record, problems } = result;
      const { load, ...facts } = record;
      assert.deepEqual(problems, [], JSON.stringify({ ...facts, failures: load?.failures.slice(0, 5) }));
      assert.ok((load?.requests.total ?? 0) > 50, `only ${load?.requests.total} requests`);
    });
  }
});
