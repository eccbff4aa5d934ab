import type { Journey, Random } from "../../contract";

export interface NamedJourney extends Journey {
  readonly name: string;
}

/** Chooses a journey at random, by the weights. */
export function chooseJourney(journeys: Readonly<Record<string, Journey>>, random: Random): NamedJourney {
  const all = Object.entries(journeys).map(([name, journey]) => ({ ...journey, name }));
  let rest = random() * all.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const chosen = all.find(({ weight = 1 }) => {
    rest -= weight;
    return rest < 0;
  });
  const journey = chosen ?? all.at(-1);
  if (journey === undefined) throw new Error("load.journeys must have a journey, got none.");
  return journey;
}

export function thinkMs({ thinkSeconds = 0 }: Journey, random: Random): number {
  const [min, max] = typeof thinkSeconds === "number" ? [thinkSeconds, thinkSeconds] : thinkSeconds;
  return (min + random() * (max - min)) * 1000;
}
