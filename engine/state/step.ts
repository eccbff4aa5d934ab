import type { PropertyChange } from "../values/property-diff";

export type Operation = "create" | "update" | "replace" | "delete" | "same" | "read" | "import" | "refresh";

export interface Step {
  readonly op: Operation;
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  /** False for components and the stack. */
  readonly custom: boolean;
  /** Changed inputs, sorted by path. Secrets are masked. */
  readonly changes: readonly PropertyChange[];
  /** Reasons for a replacement: property paths, or texts. */
  readonly replaceReasons: readonly string[];
  readonly protect: boolean;
  readonly replaced?: boolean;
  /** Duration in milliseconds; 0 in a preview. */
  readonly durationMs: number;
  readonly error?: string;
}

export interface ChangeCounts {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly same: number;
}

export function countChanges(steps: readonly Step[]): ChangeCounts {
  // A replacement counts once: the deletion of the replaced resource is not counted.
  const count = (op: Operation) =>
    steps.filter((step) => step.op === op && !step.replaced && !step.error).length;
  return {
    create: count("create") + count("import"),
    update: count("update"),
    replace: count("replace"),
    delete: count("delete"),
    same: count("same"),
  };
}
