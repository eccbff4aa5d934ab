export const TRAFFIC_COLORS = ["blue", "green"] as const;
export type TrafficColor = (typeof TRAFFIC_COLORS)[number];

/** Traffic in percent by color; adds up to 100. */
export type TrafficShares = Readonly<Record<TrafficColor, number>>;

export function oppositeColor(color: TrafficColor): TrafficColor {
  return color === "blue" ? "green" : "blue";
}

export function isSameShares(left: TrafficShares, right: TrafficShares): boolean {
  return TRAFFIC_COLORS.every((color) => left[color] === right[color]);
}

/** The color that lost traffic to a rollback: the one without traffic, or the canary if its share was reduced. */
export function losingColor(shares: TrafficShares, live: TrafficColor): TrafficColor {
  return TRAFFIC_COLORS.find((color) => shares[color] === 0) ?? oppositeColor(live);
}

export function allTrafficTo(color: TrafficColor): TrafficShares {
  return color === "blue" ? { blue: 100, green: 0 } : { blue: 0, green: 100 };
}

/** Formats shares as `blue 90 %, green 10 %`. A color without traffic is left out. */
export function formatShares(shares: TrafficShares): string {
  const parts = TRAFFIC_COLORS.filter((color) => shares[color] > 0).map(
    (color) => `${color} ${shares[color]} %`,
  );
  return parts.join(", ") || "none";
}
