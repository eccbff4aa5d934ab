import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { Color } from "../../components/fleet/color";
import { ValidationError } from "../validation-error";

/** Traffic in percent by color; adds up to 100. */
export type Weights = Readonly<Record<Color, number>>;

export interface ColorVersion {
  readonly color: Color;
  readonly version: string;
}

/** The applied contract migrations, and the colors that had instances when they were requested. */
export interface AppliedContract {
  /** Id of the last contract script. */
  readonly through: string;
  readonly serving: ColorVersion[];
}

/** The role of a color that receives traffic. */
export type GateRole = "live" | "canary";

/** The trigger of a gate check: a new value runs the check again. */
export interface GateTrigger {
  /** The time of the update that last gave the color more traffic. */
  readonly at: string;
  /** The other color's traffic before that update, in percent, 1-100; 100 if it had none. */
  readonly otherSharePercent: number;
}

/** The stack's output `release`, with the facts about this update that the next update needs. */
export interface LastRelease {
  readonly live: Color;
  readonly versions: Readonly<Partial<Record<Color, string>>>;
  readonly weights: Weights;
  readonly contracted?: AppliedContract;
  /** SHA-256 of each applied migration script, by file. */
  readonly applied?: Readonly<Record<string, string>>;
  /** The invocations allowed for each migration step. */
  readonly invocations?: { readonly expand: number; readonly contract: number };
  readonly gateChecks?: Readonly<Partial<Record<GateRole, GateTrigger>>>;
  /** SHA-256 of each published artifact, by key. */
  readonly artifacts?: Readonly<Record<string, string>>;
}

const color = z.enum(Color);
const trigger = z.object({ at: z.string(), otherSharePercent: z.number() });
const gateChecks = z.object({ live: trigger.optional(), canary: trigger.optional() }).optional();
const lastRelease = z
  .object({
    live: color,
    versions: z.object({ blue: z.string().optional(), green: z.string().optional() }),
    weights: z.object({ blue: z.number(), green: z.number() }),
    contracted: z
      .object({ through: z.string(), serving: z.array(z.object({ color, version: z.string() })) })
      .optional(),
    // Early versions wrote a list. It is ignored, and the plan derives the applied scripts from the versions.
    applied: z.record(z.string(), z.string()).optional().catch(undefined),
    invocations: z.object({ expand: z.number(), contract: z.number() }).optional(),
    gateChecks,
    /** The former name of `gateChecks`. */
    looks: gateChecks,
    artifacts: z.record(z.string(), z.string()).optional(),
  })
  .transform(
    ({ looks, ...release }): LastRelease => ({ ...release, gateChecks: release.gateChecks ?? looks }),
  );

/**
 * Parses the output `release` of this or a former version of the program.
 *
 * @returns undefined if no update has written it yet
 * @throws ValidationError if it is malformed, because the checks that need it must not be skipped
 */
export function parseLastRelease(output: unknown): LastRelease | undefined {
  if (output === undefined || output === null) return undefined;
  const parsed = lastRelease.safeParse(output);
  if (parsed.success) return parsed.data;
  throw new ValidationError([
    {
      key: "The stack's output `release`",
      allowed: "an output of this program",
      got: output,
      remedy:
        "Restore it with `pulumi stack export` and `import`, or run the version of the program that wrote it.",
    },
  ]);
}

/** Reads the stack's own output, by a stack reference to itself. */
export async function readLastRelease(): Promise<LastRelease | undefined> {
  const self = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { value } = await new pulumi.StackReference(self).getOutputDetails("release");
  return parseLastRelease(value);
}
