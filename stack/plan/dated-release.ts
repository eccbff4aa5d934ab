import type { LastRelease, ServedMemory, ShiftMemory } from "./last-release";

/** Adds the times of this update's traffic shift to the output `release`. */
export function datedRelease(
  release: LastRelease,
  {
    started,
    shifted,
    finished,
  }: { readonly started?: string; readonly shifted?: string; readonly finished?: string },
): LastRelease {
  const times = { ...(started && { started }), ...(finished && { finished }) };
  const dated = (each: ShiftMemory): ShiftMemory =>
    each.serial === release.serial && each.started === undefined ? { ...each, ...times } : each;
  const served = Object.entries(release.served ?? {}).map(([color, each]: [string, ServedMemory]) => [
    color,
    each.until === undefined && shifted !== undefined ? { ...each, until: shifted } : each,
  ]);
  return {
    ...release,
    ...times,
    history: release.history?.map(dated),
    served: Object.fromEntries(served),
  };
}
