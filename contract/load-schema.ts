import * as z from "zod";

const must = (allowed: string) => ({ error: `must be ${allowed}` });
const text = z.string(must("a text"));
const textsByName = z.record(z.string(), text, must("texts by name"));
const func = z.custom((value) => typeof value === "function", must("a function"));
const unknown = z.unknown().optional();
const wholeNumber = (max: number) =>
  z
    .int(must("a whole number"))
    .min(1, must("1 or more"))
    .max(max, must(`${max} or less`));

/** Validates a value by the schema that `choose` returns for it, so that the issues are those of one alternative. */
function oneOf(choose: (value: unknown) => z.ZodType) {
  return z.unknown().superRefine((value, context) => {
    for (const { path, sentence, input } of issuesOf(choose(value), value)) {
      context.addIssue({ code: "custom", path: [...path], message: sentence, input });
    }
  });
}

const status = z
  .int(must("an HTTP status"))
  .min(100, must("an HTTP status"))
  .max(599, must("an HTTP status"));

const SOURCE_FORM = '{ json: "path.of.a.value" }, { header: "name" } or { text: /a pattern with a group/ }';
const source = z.custom((value) => {
  const [[kind, name] = [], ...more] = Object.entries(Object(value));
  if (more.length > 0) return false;
  return kind === "text"
    ? name instanceof RegExp
    : /^(json|header)$/.test(String(kind)) && typeof name === "string";
}, must(SOURCE_FORM));
const sources = z.record(
  z.string().regex(/^\w+$/, must("a name of letters, digits and underscores")),
  source,
  must("sources of values, by name"),
);

const expectedAnswer = z.strictObject(
  {
    status: oneOf((value) =>
      Array.isArray(value) ? z.array(status).min(1, must("a list of statuses")) : status,
    ).optional(),
    headers: textsByName.optional(),
    json: unknown,
    text: text.optional(),
    sha256: text.optional(),
  },
  must("an object with one or more of status, headers, json, text and sha256"),
);
const expected = oneOf((value) => (typeof value === "object" ? expectedAnswer : status)).optional();

const PATH = must("a path that begins with /, or a remembered value in braces");
const path = z.string(PATH).regex(/^(\/|\{|https?:\/\/)/, PATH);
const method = (...names: string[]) => z.enum(names, must(names.join(", "))).optional();

const readBack = z.strictObject(
  {
    method: method("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
    path,
    headers: textsByName.optional(),
    json: unknown,
    form: textsByName.optional(),
    body: text.optional(),
    effect: z.enum(["read", "write"], must("read or write")).optional(),
    expect: expected,
    check: func.optional(),
  },
  must("a request"),
);

const request = readBack
  .extend({
    remember: sources.optional(),
    readBack: oneOf((value) => (typeof value === "function" ? func : readBack)).optional(),
  })
  .refine(
    ({ json, form, body }) => [json, form, body].filter((each) => each !== undefined).length <= 1,
    must("a request with at most one of json, form and body"),
  );

const STEPS = must("a list of requests, or a generator function");
const steps = oneOf((value) => (typeof value === "function" ? func : z.array(request, STEPS).min(1, STEPS)));

const THINK = must("seconds from 0 to 3600, or a range [min, max] of them");
const seconds = z.number(THINK).min(0, THINK).max(3_600, THINK);
const thinkSeconds = oneOf((value) =>
  Array.isArray(value)
    ? z.tuple([seconds, seconds], THINK).refine(([min, max]) => min <= max, THINK)
    : seconds,
);

const WEIGHT = must("a number above 0");
const journey = z.strictObject(
  { weight: z.number(WEIGHT).positive(WEIGHT).optional(), thinkSeconds: thinkSeconds.optional(), steps },
  must("a journey with steps"),
);

const session = z.strictObject(
  {
    login: steps,
    logout: steps.optional(),
    journeys: wholeNumber(1_000_000).optional(),
    headers: textsByName.optional(),
    lost: expectedAnswer.optional(),
  },
  must("a session with login"),
);

const upload = z.strictObject(
  {
    method: method("POST", "PUT", "PATCH"),
    path,
    contentType: text.optional(),
    headers: textsByName.optional(),
    expect: expected,
    remember: sources.optional(),
    readBack: readBack.optional(),
  },
  must("an upload with a path"),
);

const socket = z.strictObject(
  { path, intervalMs: wholeNumber(3_600_000), message: func, read: func },
  must("a WebSocket with path, intervalMs, message and read"),
);

const JOURNEYS = must("journeys by name, one or more");
const applicationLoad = z.strictObject(
  {
    journeys: z
      .record(z.string(), journey, JOURNEYS)
      .refine((journeys) => Object.keys(journeys).length > 0, JOURNEYS),
    session: session.optional(),
    upload: upload.optional(),
    socket: socket.optional(),
    answers: z
      .strictObject({
        color: source,
        version: source,
        instance: source,
        appColor: source,
        appVersion: source,
      })
      .partial()
      .optional(),
  },
  must("an object with journeys"),
);

interface ShapeIssue {
  readonly path: readonly PropertyKey[];
  /** For example `must be a text`. */
  readonly sentence: string;
  readonly input: unknown;
}

function issuesOf(schema: z.ZodType, value: unknown): ShapeIssue[] {
  const parsed = schema.safeParse(value, { reportInput: true });
  return (parsed.error?.issues ?? []).flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({
          path: [...issue.path, key],
          sentence: "is not a known key",
          input: undefined,
        }))
      : { path: issue.path, sentence: issue.message, input: issue.input },
  );
}

/** The issues of a load's shape, as sentences such as `load.journeys.buy.steps.0.path must be a text, got 7.` */
export function loadShapeIssues(load: unknown): string[] {
  return issuesOf(applicationLoad, load).map(({ path: keys, sentence, input }) => {
    const got = sentence.startsWith("must") ? `, got ${shown(input)}` : "";
    return `${["load", ...keys].join(".")} ${sentence}${got}.`;
  });
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  return (JSON.stringify(value) ?? String(value)).slice(0, 200);
}
