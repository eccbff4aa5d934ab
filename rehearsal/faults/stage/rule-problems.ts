import type { RehearsedRule } from "../../scenario/rule-weights";
import type { LiveColor } from "../../scenario/steps";

type Weights = Pick<RehearsedRule, "blue" | "green">;

export function describeTraffic({ blue, green }: Weights): string {
  const shares = Object.entries({ blue, green }).filter(([, weight]) => weight > 0);
  return shares.map(([color, weight]) => `${color} ${weight} %`).join(", ") || "no traffic";
}

/** A sentence if the traffic is not as wanted. */
export function trafficProblems(rule: Weights, wanted: Weights): string[] {
  if (rule.blue === wanted.blue && rule.green === wanted.green) return [];
  return [`The traffic must be ${describeTraffic(wanted)}, got ${describeTraffic(rule)}.`];
}

export function allTo(color: LiveColor): Weights {
  return color === "blue" ? { blue: 100, green: 0 } : { blue: 0, green: 100 };
}

/** A sentence if a message lacks one of the words that it must have. */
export function messageProblems(message: string, ...words: readonly (string | RegExp)[]): string[] {
  return words
    .filter((word) => (typeof word === "string" ? !message.includes(word) : !word.test(message)))
    .map((word) => `The error of the update must name ${word}, got: ${firstLine(message)}`);
}

export function firstLine(message: string): string {
  return message.split("\n").find((line) => line.trim() !== "") ?? "";
}
