/** The second layer of the lint: what only running a script tells. */

export { type Trace, type TraceFinding, type TraceOptions, traceScripts } from "./trace";
