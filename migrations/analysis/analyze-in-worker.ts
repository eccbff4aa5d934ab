import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { VersionQueries } from "../compatibility/queries";
import type { MigrationScript } from "../script/script";
import { ScriptError } from "../script/script-error";
import type { AnalysisReport } from "./report";

export interface AnalysisTask {
  readonly scripts: readonly MigrationScript[];
  readonly versions: readonly VersionQueries[];
}

export type WorkerMessage = { readonly script: string } | { readonly report: AnalysisReport };

/**
 * Time limit for one script. A script on an empty database takes milliseconds, but the creation of the database, which
 * counts for the first script, takes seconds, and much longer on a busy machine.
 */
const SCRIPT_SECONDS = 60;

/**
 * Analyzes scripts in a worker thread. The calling thread stays responsive, and the worker's memory is freed
 * afterwards.
 *
 * @param scriptSeconds time limit for each script
 * @throws ScriptError for a script that exceeds the limit
 */
export function analyzeInWorker(task: AnalysisTask, scriptSeconds = SCRIPT_SECONDS): Promise<AnalysisReport> {
  return new Promise((resolve, reject) => {
    // A worker thread does not inherit the TypeScript loader of the program.
    const worker = new Worker(join(__dirname, "analyze-worker.ts"), {
      workerData: task,
      execArgv: ["--require", require.resolve("../../build/start/register")],
    });
    let running = task.scripts[0]?.file ?? "";
    let limit: NodeJS.Timeout;
    let settled = false;
    const settle = (finish: () => void) => {
      clearTimeout(limit);
      if (!settled) worker.terminate().then(finish, reject);
      settled = true;
    };
    const watch = () => {
      clearTimeout(limit);
      limit = setTimeout(() => {
        const problem =
          `the analysis on an empty database must end within ${scriptSeconds} s. ` +
          "Remove an endless loop or wait, or split the script.";
        settle(() => reject(new ScriptError(running, 0, problem)));
      }, scriptSeconds * 1000);
    };
    watch();
    worker.on("message", (message: WorkerMessage) => {
      if ("report" in message) return settle(() => resolve(message.report));
      running = message.script;
      watch();
    });
    worker.once("error", (error) => settle(() => reject(error)));
    worker.once("exit", (status) =>
      settle(() => reject(new Error(`The worker thread for migration scripts exited with ${status}.`))),
    );
  });
}
