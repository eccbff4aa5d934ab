import { setTimeout as sleep } from "node:timers/promises";

/** Waits for what must come true, for 15 s at most. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`It did not come true within 15 s: ${condition}`);
    await sleep(30);
  }
}
