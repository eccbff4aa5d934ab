import type { ArgsSpec } from "../validation/args-spec";

/** The share of the traffic of each color. */
export interface ColorWeights {
  /** The weight of blue's target group, 0-999. */
  blue: number;
  /** The weight of green's target group, 0-999. */
  green: number;
}

const WEIGHT = { kind: "integer", min: 0, max: 999, required: true } as const;

export const weightsSpec = {
  kind: "object",
  args: { blue: WEIGHT, green: WEIGHT } satisfies ArgsSpec<ColorWeights>,
  required: true,
} as const;
