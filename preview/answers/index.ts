import type { Comparison } from "../comparison";
import type { Answer } from "./answer";
import { dataAnswer } from "./data";
import { exposureAnswer } from "./exposure";
import { instancesAnswer } from "./instances";
import { migrationsAnswer } from "./migrations";
import { regionAnswer } from "./region";
import { usersAnswer } from "./users";
import { wayBackAnswer } from "./way-back";

export type { Answer } from "./answer";

/** What a release engineer asks of a change, answered from the two graphs alone, in the order in which it is asked. */
export function answers(comparison: Comparison): Answer[] {
  return [
    regionAnswer(comparison),
    usersAnswer(comparison),
    wayBackAnswer(comparison),
    dataAnswer(comparison),
    migrationsAnswer(comparison),
    exposureAnswer(comparison),
    instancesAnswer(comparison),
  ].filter((answer) => answer !== undefined);
}
