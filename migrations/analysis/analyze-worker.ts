/** A thread of its own: a scratch database blocks the thread that it runs on, for as long as a script takes. */

import { parentPort, workerData } from "node:worker_threads";
import { analyzeScripts } from "./analyze";
import type { FromJudge, JudgeTask } from "./analyze-in-worker";

const say = (message: FromJudge) => parentPort?.postMessage(message);

const { scripts, versions } = workerData as JudgeTask;
void analyzeScripts(scripts, versions, (script) => say({ script })).then((verdict) => say({ verdict }));
