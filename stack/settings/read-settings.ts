import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { LastRelease } from "../plan/release-context";
import { parseSettings } from "./parse-settings";
import type { Settings } from "./settings";

/**
 * The stack's config, typed, before any resource is declared.
 * @throws a RunError, which Pulumi shows without a stack trace, with one sentence for each thing that is wrong.
 */
export function readSettings(): Settings & { name: string } {
  const namespace = `${pulumi.getProject()}:`;
  const raw = Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(namespace))
      .map(([key, value]) => [key.slice(namespace.length), value]),
  );
  const encrypted = Object.keys(raw).filter((key) => isEncrypted(namespace + key));
  return refusing(() => parseSettings(raw, pulumi.getStack(), encrypted));
}

/** `isConfigSecret` exists in the SDK's runtime but not in its types; `Config` would only log a warning. */
function isEncrypted(key: string): boolean {
  const { isConfigSecret } = pulumi.runtime as { isConfigSecret?: (key: string) => boolean };
  return isConfigSecret?.(key) ?? false;
}

/**
 * A refusal, which Pulumi shows as its message alone. Its runner inspects every error before it asks what kind it is, and
 * would walk through the whole program from here: seconds and gigabytes.
 */
class Refused extends pulumi.RunError {
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.message;
  }
}

/** Turns a refusal of plain code into one that Pulumi shows as such. */
export function refusing<T>(decide: () => T): T {
  try {
    return decide();
  } catch (error) {
    if (
      error instanceof Error &&
      ["RefusedError", "ScriptError", "ReleaseManifestError"].includes(error.name)
    ) {
      throw new Refused(error.message);
    }
    throw error;
  }
}

const color = z.enum(["blue", "green"]);
const look = z.object({ at: z.string(), otherSharePercent: z.number() });
const LAST_RELEASE = z.object({
  live: color,
  versions: z.object({ blue: z.string().optional(), green: z.string().optional() }),
  weights: z.object({ blue: z.number(), green: z.number() }),
  contracted: z
    .object({ through: z.string(), serving: z.array(z.object({ color, version: z.string() })) })
    .optional(),
  // A stack of a former version has a list, which says less: then the versions tell what has run.
  applied: z.record(z.string(), z.string()).optional().catch(undefined),
  invocations: z.object({ expand: z.number(), contract: z.number() }).optional(),
  looks: z.object({ live: look.optional(), canary: look.optional() }).optional(),
  artifacts: z.record(z.string(), z.string()).optional(),
});

/**
 * What the last update left, by a reference of the stack to itself; undefined before the first one that got so far.
 * @throws when the output is there and cannot be read: guessing would drop the refusals that rest on it.
 */
export async function lastRelease(): Promise<LastRelease | undefined> {
  const self = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { value } = await new pulumi.StackReference(self).getOutputDetails("release");
  if (value === undefined || value === null) return undefined;
  const parsed = LAST_RELEASE.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refused(
    `The stack's own output "release" cannot be read: got ${JSON.stringify(value)}. It is written by this program; ` +
      "bring it back with `pulumi stack export` and `import`, or run the version of the program that wrote it.",
  );
}
