import { createHash } from "node:crypto";
import type { Random } from "../../contract";

/**
 * Creates a pseudo-random number generator (mulberry32). The same seed, kind and number give the same numbers. So the
 * choices of a user do not depend on the order in which others act.
 */
export function seededRandom(seed: number, kind = "", number = 0): Random {
  let state = createHash("sha256").update(`${seed} ${kind} ${number}`).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
