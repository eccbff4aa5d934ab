import type { FastifyBaseLogger } from "fastify";
import type { RunQuery } from "../version-definition";

const INTERVAL_MS = 10 * 60_000;

/**
 * Deletes expired sessions and abandoned uploads, a few at a time.
 *
 * @returns a function that stops the sweeper
 */
export function startSweeper(runQuery: RunQuery, log: FastifyBaseLogger): () => void {
  const sweep = async () => {
    try {
      await runQuery("deleteExpiredSessions", []);
      await runQuery("deleteAbandonedUploads", []);
    } catch (error) {
      log.warn({ err: error }, "sweep failed");
    }
  };
  const timer = setInterval(() => void sweep(), INTERVAL_MS * (0.75 + Math.random() / 2));
  timer.unref();
  return () => clearInterval(timer);
}
