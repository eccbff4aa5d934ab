import { PLACEHOLDER } from "../engine/host/placeholder";
import { type Provider, UNKNOWN_INPUT } from "../engine/provider";

/** A data source that nobody could be asked for. */
export interface Unanswered {
  readonly token: string;
}

/**
 * Answers what the stack's config tells without a cloud: the region. Everything else is unknown, and is written down.
 */
export function answerFromConfig(region: string | undefined, unanswered: Unanswered[]): Provider {
  return {
    async create() {
      throw new Error("A preview creates nothing.");
    },
    async invoke(token, args) {
      const known = args.region ?? region;
      if (token === "aws:index/getRegion:getRegion" && known !== undefined) {
        return { outputs: { id: known, name: known, region: known } };
      }
      unanswered.push({ token });
      return { outputs: { [PLACEHOLDER]: UNKNOWN_INPUT } };
    },
  };
}
