import { type Refusal, refusalSentence } from "../components/invalid";

export type { Refusal } from "../components/invalid";

/** Everything that is wrong with a stack's config, thrown before any resource is declared. */
export class RefusedError extends Error {
  constructor(readonly refusals: readonly Refusal[]) {
    super(refusals.map(refusalSentence).join("\n"));
    this.name = "RefusedError";
  }
}
