import type { Comparison } from "../compare/comparison";
import type { Answer } from "./answer";
import { dataAnswer } from "./data";
import { entranceAnswer } from "./entrance";
import { exposureAnswer } from "./exposure";
import { gateAnswer } from "./gate";
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
  const all = [
    provider,
    usersAnswer(comparison),
    gateAnswer(comparison),
    entranceAnswer(comparison),
    wayBackAnswer(comparison),
    protectedAnswer(comparison),
    dataAnswer(comparison),
    migrationsAnswer(comparison),
    exposureAnswer(comparison),
    instancesAnswer(comparison),
  ].filter((answer) => answer !== undefined);
  // Elsewhere everything is new, so nothing stays as it is, whatever the resources' own inputs say.
  return provider?.level === "danger" ? all.filter(({ level }) => level !== "good") : all;
}
