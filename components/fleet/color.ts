/** The two colors of a fleet: one is live, and a release goes to the other. */
export const Color = {
  Blue: "blue",
  Green: "green",
} as const;
export type Color = (typeof Color)[keyof typeof Color];

/** Both colors, in the order in which they are declared and shown. */
export const COLORS: readonly Color[] = [Color.Blue, Color.Green];

export function otherColor(color: Color): Color {
  return color === Color.Blue ? Color.Green : Color.Blue;
}

/**
 * The header that selects a color. It is enough at the internal load balancer; the public one also requires the
 * secret token, see {@link TOKEN_HEADER}.
 */
export const COLOR_HEADER = "x-changeover-color";

/** The header with the secret token that the test rules of the public load balancer require. */
export const TOKEN_HEADER = "x-changeover-token";

/** The header that selects a service on a listener that several services share. */
export const SERVICE_HEADER = "x-changeover-service";
