/** Findings that require running the scripts on a scratch database, in addition to the lint. */

export { type Trace, type TraceOptions, traceScripts } from "./trace";
