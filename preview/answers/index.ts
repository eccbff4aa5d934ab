import type { Comparison } from "../comparison";
import type { Answer } from "./answer";
import { dataAnswer } from "./data";
import { exposureAnswer } from "./exposure";
import { instancesAnswer } from "./instances";
import { migrationsAnswer } from "./migrations";
import { protectedAnswer } from "./protected";
import { providerAnswer } from "./provider";
import { usersAnswer } from "./users";
import { wayBackAnswer } from "./way-back";

export type { Answer } from "./answer";

/** What a release engineer asks of a change, answered from the two graphs alone, in the order in which it is asked. */
export function answers(comparison: Comparison): Answer[] {
  const provider = providerAnswer(comparison);
  const data = dataAnswer(comparison);
  return [
    provider,
    usersAnswer(comparison),
    wayBackAnswer(comparison),
    protectedAnswer(comparison),
    // Elsewhere everything is new, whatever the resources' own inputs say.
    provider?.level === "danger" && data.level === "good" ? undefined : data,
    migrationsAnswer(comparison),
    exposureAnswer(comparison),
    instancesAnswer(comparison),
  ].filter((answer) => answer !== undefined);
}
