/** The two halves of every fleet. One of them is live; a release goes to the other. */
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
 * The header by which a request names the color it wants. The inner load balancer trusts it; the edge asks for a
 * secret token too, see {@link TOKEN_HEADER}.
 */
export const COLOR_HEADER = "x-changeover-color";

/** The header that carries the secret token of the colors' own rules at the edge. */
export const TOKEN_HEADER = "x-changeover-token";
