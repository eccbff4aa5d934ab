import { type Refusal, refusalSentence } from "../components/validation/invalid-argument";

export type { Refusal } from "../components/validation/invalid-argument";

/** Everything that is wrong with a stack's config, thrown before any resource is declared. */
export class RefusedError extends Error {
  constructor(readonly refusals: readonly Refusal[]) {
    super(refusals.map(refusalSentence).join("\n"));
    this.name = "RefusedError";
  }
}
