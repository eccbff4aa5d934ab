import { COLORS, type Color } from "../fleet/color";
import type { ColorWeights } from "../fleet/color-weights";

/** The tag of a service's production rule with the memory of its last release. */
export const RELEASE_TAG = "changeover:release";

/** The last shift that gave a color more traffic. */
export interface ColorShift {
  readonly version: string;
  /** The number of the shift, from 1. */
  readonly serial: number;
  /** The traffic before that shift, in percent; undefined for the first traffic of the service. */
  readonly before?: ColorWeights;
  readonly after: ColorWeights;
  /** Time until which the color had served this version before that shift, or `now`. Undefined if it had not. */
  readonly servedUntil?: string;
}

/** The facts about former updates that the next one needs. */
export interface ServiceMemory {
  readonly live: Color;
  /** The last shift that the program made or adopted. */
  readonly last: { readonly serial: number; readonly weights: ColorWeights };
  /** The colors that serve, and those that have served with their present version. */
  readonly colors: Readonly<Partial<Record<Color, ColorShift>>>;
  /** The color that served before the live one, and the time at which it lost its traffic. */
  readonly served?: { readonly color: Color; readonly until: string };
}

/** The limit of a version's length: AWS limits the value of a tag to 256 characters. */
export const MAX_VERSION_LENGTH = 40;

const NONE = "-";
const SHARE = "(100|\\d{1,2})";
const TIME = "(now|\\d{4}-[\\dT:.-]+Z)";
const LAST = new RegExp(`^(blue|green)/(\\d+)/${SHARE}$`);
const SHIFT = new RegExp(
  `^([\\w.+-]{1,${MAX_VERSION_LENGTH}})/(\\d+)/(${SHARE}|${NONE})/${SHARE}(?:/${TIME})?$`,
);
const SERVED = new RegExp(`^(blue|green)/${TIME}$`);

/** For example `last=green/4/0 blue=1.4.0/3/-/100 green=1.5.0/4/100/0 served=blue/2026-11-30T18:00:00.000Z`. */
export function formatMemory({ live, last, colors, served }: ServiceMemory): string {
  const shifts = COLORS.flatMap((color) => {
    const shift = colors[color];
    if (shift === undefined) return [];
    const { version, serial, before, after, servedUntil } = shift;
    const parts = [version, serial, before?.blue ?? NONE, after.blue, ...(servedUntil ? [servedUntil] : [])];
    return [`${color}=${parts.join("/")}`];
  });
  return [
    `last=${live}/${last.serial}/${last.weights.blue}`,
    ...shifts,
    ...(served === undefined ? [] : [`served=${served.color}/${served.until}`]),
  ].join(" ");
}

/** Undefined if the text is missing or was written by another program. */
export function parseMemory(text: string | undefined): ServiceMemory | undefined {
  const values = new Map((text ?? "").split(" ").map((each) => each.split(/=(.*)/) as [string, string]));
  const [, live, serial, blue] = LAST.exec(values.get("last") ?? "") ?? [];
  if (live === undefined) return undefined;
  const [, servedColor, until = ""] = SERVED.exec(values.get("served") ?? "") ?? [];
  return {
    live: live as Color,
    last: { serial: Number(serial), weights: weightsOf(blue) },
    colors: Object.fromEntries(COLORS.flatMap((color) => shiftOf(color, values.get(color)))),
    ...(servedColor === undefined ? {} : { served: { color: servedColor as Color, until } }),
  };
}

function shiftOf(color: Color, text = ""): [Color, ColorShift][] {
  const [, version, serial, before, , after, servedUntil] = SHIFT.exec(text) ?? [];
  if (version === undefined) return [];
  return [
    [
      color,
      {
        version,
        serial: Number(serial),
        ...(before === NONE ? {} : { before: weightsOf(before) }),
        after: weightsOf(after),
        ...(servedUntil === undefined ? {} : { servedUntil }),
      },
    ],
  ];
}

function weightsOf(blue: string | undefined): ColorWeights {
  return { blue: Number(blue), green: 100 - Number(blue) };
}
