import { createInterface } from "node:readline/promises";
import { UsageError } from "./usage-error";

/**
 * Asks a question on the terminal; only `y` and `yes` confirm. Undefined if there is no terminal.
 *
 * The question goes to the standard error output, because the standard output is for the result.
 */
export function terminalQuestion(signal: AbortSignal): ((question: string) => Promise<boolean>) | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // In raw mode, Ctrl-C sends no signal.
    terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    try {
      return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
    } finally {
      terminal.close();
    }
  };
}

type Confirmation = (question: string) => Promise<boolean>;

/**
 * Returns the confirmation of a command that shifts traffic.
 *
 * @throws UsageError without a terminal and without `--yes`
 */
export function confirmation(yes: boolean, ask: Confirmation | undefined): Confirmation {
  if (yes) return async () => true;
  if (ask !== undefined) return ask;
  const allowed = "given without a terminal, because traffic shifts only after a confirmation";
  throw UsageError.of({ key: "--yes", allowed, got: "nothing" });
}
