import type { StackEnvironment } from "../evaluate/environments";
import { type FindingContent, warning } from "./finding";

/**
 * Compares the Pulumi ESC environments in the stack's files. This check is not in the registry, because it does not
 * compare resources.
 */
export function environmentFinding(
  base?: StackEnvironment,
  head?: StackEnvironment,
): FindingContent | undefined {
  if (base?.content === head?.content) return undefined;
  const [before, after] = [base?.name ?? "none", head?.name ?? "none"];
  const what = before === after ? ` (${after})` : `, ${before} → ${after}`;
  const summary = `The stack's Pulumi ESC environments change${what}: their config and credentials are not read, and the effect is not compared.`;
  return warning("environments-changed", summary);
}
