import type { WeightedTarget } from "./types";

/**
 * Chooses one of `targets` with a probability proportional to its weight; undefined if all weights are 0. `chance` is
 * a random number in [0, 1).
 */
export function chooseByWeight(
  targets: readonly WeightedTarget[],
  chance: number,
): WeightedTarget | undefined {
  const total = targets.reduce((sum, target) => sum + target.weight, 0);
  let rest = chance * total;
  return targets.find((target) => {
    rest -= target.weight;
    return rest < 0;
  });
}
