/** Takes away what nobody can use any more: expired sessions, and uploads whose instance died halfway. */

import type { FastifyBaseLogger } from "fastify";
import type { Ask } from "../release";

const INTERVAL_MS = 10 * 60_000;

/** Small deletes, now and then, from each instance; gives back how to stop. */
export function startSweeper(ask: Ask, log: FastifyBaseLogger): () => void {
  const sweep = async () => {
    try {
      await ask("deleteExpiredSessions", []);
      await ask("deleteAbandonedUploads", []);
    } catch (error) {
      log.warn({ err: error }, "sweep failed");
    }
  };
  const timer = setInterval(() => void sweep(), INTERVAL_MS * (0.75 + Math.random() / 2));
  timer.unref();
  return () => clearInterval(timer);
}
