import type { Answer } from "./answer";

/** A sentence of an answer that may have several. */
export interface Finding {
  readonly level: "danger" | "attention";
  readonly text: string;
}

export function danger(text: string): Finding {
  return { level: "danger", text };
}

export function attention(text: string): Finding {
  return { level: "attention", text };
}

/** One answer of all, each said once, as serious as the worst. Undefined when there are none. */
export function answerOf(
  topic: Answer["topic"],
  findings: readonly Finding[],
  details: readonly string[] = [],
): Answer | undefined {
  if (findings.length === 0) return undefined;
  const level = findings.some((each) => each.level === "danger") ? "danger" : "attention";
  const texts = new Set(findings.map(({ text }) => text));
  return { topic, level, text: [...texts].join(" "), details };
}
