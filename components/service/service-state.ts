import type { Color } from "../fleet/color";
import type { ColorWeights } from "../fleet/color-weights";

/** The release that the args ask for. */
export interface WantedService {
  readonly live: Color;
  readonly canaryPercent: number;
  readonly versions: Readonly<Partial<Record<Color, string>>>;
  readonly expectedSerial?: number | undefined;
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
}

export type ServiceRule =
  /** The rule is not known, as in a preview without AWS. */
  | { readonly kind: "unread" }
  | { readonly kind: "none" }
  | {
      readonly kind: "rule";
      readonly arn: string;
      /** The traffic of each color in percent. */
      readonly weights: ColorWeights;
      /** The sum of the weights of both colors in the rule. */
      readonly total: number;
      /** Target groups with traffic that belong to no color of the service. */
      readonly foreign: readonly string[];
      readonly tags: Readonly<Record<string, string>>;
      /** The colors whose wanted version has an Auto Scaling group; undefined if that is not known. */
      readonly deployed?: readonly Color[] | undefined;
    };

export type ProductionRuleState = Extract<ServiceRule, { kind: "rule" }>;
