import type { Comparison } from "../compare/comparison";
import type { Answer } from "./answer";
import { dataAnswer } from "./data";
import { exposureAnswer } from "./exposure";
import { gateAnswer } from "./health-gate";
import { entranceAnswer } from "./ingress";
import { instancesAnswer } from "./instances";
import { migrationsAnswer } from "./migrations";
import { protectedAnswer } from "./protection";
import { providerAnswer } from "./provider";
import { wayBackAnswer } from "./rollback";
import { usersAnswer } from "./traffic";

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
