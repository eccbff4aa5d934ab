/** Entry point of the worker thread. PGlite blocks its thread while a script runs. */

import { setFlagsFromString } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { analyzeScripts } from "./analyze";
import type { AnalysisTask, WorkerMessage } from "./analyze-in-worker";

// V8's optimizing compiler for WebAssembly takes longer than the scripts, which run only once.
setFlagsFromString("--liftoff-only");

const post = (message: WorkerMessage) => parentPort?.postMessage(message);

const { scripts, versions } = workerData as AnalysisTask;
void analyzeScripts(scripts, versions, (script) => post({ script })).then((report) => post({ report }));
