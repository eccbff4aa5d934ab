/** The second layer of the lint: findings that need a run of the script. */

export { type Trace, type TraceOptions, traceScripts } from "./trace";
