import type { GateEvent } from "./event";

/**
 * `forward` is strict. `rollback` returns to a color that served within the rollback window; one failed instance or
 * request does not stop it.
 */
export type GateMode = "forward" | "rollback";

const MINUTE_MS = 60_000;

/** The function's clock decides, because the program's inputs must not depend on the time. */
export function gateMode(
  { servedUntil, rollbackWindowMinutes }: Pick<GateEvent, "servedUntil" | "rollbackWindowMinutes">,
  now: Date,
): GateMode {
  if (servedUntil === undefined) return "forward";
  if (servedUntil === "now") return "rollback";
  const elapsedMs = now.getTime() - Date.parse(servedUntil);
  return elapsedMs <= rollbackWindowMinutes * MINUTE_MS ? "rollback" : "forward";
}
