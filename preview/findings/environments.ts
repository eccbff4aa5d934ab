import type { StackEnvironment } from "../evaluate/environments";
import type { Finding } from "./registry";

/**
 * Compares the Pulumi ESC environments in the stack's files. This check is not in the registry, because it does not
 * compare resources.
 */
export function environmentFinding(base?: StackEnvironment, head?: StackEnvironment): Finding | undefined {
  if (base?.content === head?.content) return undefined;
  const [before, after] = [base?.name ?? "none", head?.name ?? "none"];
  const what = before === after ? ` (${after})` : `, ${before} → ${after}`;
  const summary = `The stack's Pulumi ESC environments change${what}: their config and credentials are not read, and the effect is not compared.`;
  return { topic: "provider", severity: "warning", summary, details: [] };
}
