import { maySelectAccount } from "../../aws/provider-config";
import type { Comparison } from "../compare/comparison";
import { providerChanges } from "../compare/provider-changes";
import { enumerate } from "../wording";
import { danger, type FindingContent, warning } from "./finding";

/** Reports changes of the AWS provider's settings. They are not inputs of a resource, but affect all resources. */
export const providerCheck = { topic: "provider", find } as const;

function find(comparison: Comparison): FindingContent[] {
  const { regions, otherSettings } = providerChanges(comparison);
  const problems = regions.map(({ setting, base = "none", head = "none" }) =>
    danger(
      "region-changed",
      `${setting} changes, ${base} → ${head}: every regional resource would be created anew, without its data.`,
    ),
  );
  if (otherSettings.length > 0) {
    const summary = `Settings of the AWS provider change (${enumerate(otherSettings)}), and their effect is not compared.`;
    problems.push(
      otherSettings.some(maySelectAccount)
        ? danger(
            "provider-settings-changed",
            `${summary} In another account everything would be created anew.`,
          )
        : warning("provider-settings-changed", summary),
    );
  }
  return problems;
}
