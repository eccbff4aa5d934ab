/** One question of a release engineer, answered in words. */
export interface Answer {
  readonly topic:
    | "provider"
    | "users"
    | "gate"
    | "entrance"
    | "wayBack"
    | "protected"
    | "data"
    | "migrations"
    | "exposure"
    | "instances";
  /** `danger`: it must not be overlooked. `attention`: it should be meant. `info`: it is so. `good`: as one hopes. */
  readonly level: "danger" | "attention" | "info" | "good";
  /** One sentence. */
  readonly text: string;
  /** What it rests on, one line each. */
  readonly details: readonly string[];
}
