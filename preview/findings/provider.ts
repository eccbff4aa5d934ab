import { type Comparison, changedProviders, listed } from "../compare/comparison";
import type { Answer } from "./answer";

/** Settings that lead into another account, or may. */
const ACCOUNT = /assumeRole|profile|accessKey|secretKey|token|[aA]ccountIds?$|endpoints|shared\w+Files?/;

/**
 * What the AWS provider is told beside the resources' inputs, and which of it would change. Undefined while nothing
 * does.
 */
export function providerAnswer(comparison: Comparison): Answer | undefined {
  const { regions, others } = changedProviders(comparison);
  const moved = regions.map(
    ({ setting, base = "none", head = "none" }) =>
      `${setting} changes, ${base} → ${head}: everything of it that lies in a region would be made anew, with its data gone.`,
  );
  const rest = `The AWS provider is told something else (${listed(others)}), and what comes of that is not compared.`;
  const account = others.some((setting) => ACCOUNT.test(setting))
    ? " In another account everything would be made anew."
    : "";
  const texts = [...moved, ...(others.length > 0 ? [rest + account] : [])];
  if (texts.length === 0) return undefined;
  const level = moved.length > 0 || account !== "" ? "danger" : "attention";
  return { topic: "provider", level, text: texts.join(" "), details: [] };
}
