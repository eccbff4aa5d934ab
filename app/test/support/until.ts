import { setTimeout as sleep } from "node:timers/promises";

/** Waits up to 15 s. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`It did not come true within 15 s: ${condition}`);
    await sleep(30);
  }
}
