import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { VersionQueries } from "../compatibility/queries";
import type { MigrationScript } from "../script/script";
import { ScriptError } from "../script/script-error";
import type { AnalysisReport } from "./report";

export interface JudgeTask {
  readonly scripts: readonly MigrationScript[];
  readonly versions: readonly VersionQueries[];
}

export type FromJudge = { readonly script: string } | { readonly verdict: AnalysisReport };

/** A script on an empty database takes milliseconds; the first one also waits for the database to be made. */
const SCRIPT_SECONDS = 30;

/**
 * Judges scripts without blocking this thread, and without its memory afterwards.
 * @throws ScriptError for the script that does not end within `scriptSeconds` (default 30)
 */
export function analyzeInWorker(task: JudgeTask, scriptSeconds = SCRIPT_SECONDS): Promise<AnalysisReport> {
  return new Promise((resolve, reject) => {
    // The program may have been loaded in another way, which a thread does not inherit.
    const worker = new Worker(join(__dirname, "analyze-worker.ts"), {
      workerData: task,
      execArgv: ["--require", require.resolve("tsx/cjs")],
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
        const problem = `it was not judged within ${scriptSeconds} s on an empty database: a statement waits or loops without end, or there are too many of them.`;
        settle(() => reject(new ScriptError(running, 0, problem)));
      }, scriptSeconds * 1000);
    };
    watch();
    worker.on("message", (message: FromJudge) => {
      if ("verdict" in message) return settle(() => resolve(message.verdict));
      running = message.script;
      watch();
    });
    worker.once("error", (error) => settle(() => reject(error)));
    worker.once("exit", (status) =>
      settle(() => reject(new Error(`The thread that judges the migration scripts ended with ${status}.`))),
    );
  });
}
