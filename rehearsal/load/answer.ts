import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { AnswerSource, ExpectedAnswer, JourneyAnswer } from "../../contract";
import type { HttpResponse } from "./http-client";

const MAX_SHOWN = 120;

/** The content of a response. The body is parsed only if it is used. */
export class ReceivedAnswer implements JourneyAnswer {
  private parsed: { readonly json: unknown } | undefined;

  constructor(private readonly response: HttpResponse) {}

  get status(): number {
    return this.response.status;
  }

  get headers(): JourneyAnswer["headers"] {
    return this.response.headers;
  }

  get text(): string {
    return this.response.body.toString("utf8");
  }

  get json(): unknown {
    this.parsed ??= { json: parseJson(this.text) };
    return this.parsed.json;
  }

  get sha256(): string {
    return createHash("sha256").update(this.response.body).digest("hex");
  }
}

/** Reads a part of an answer. Undefined if the answer does not have it. */
export function readSource(answer: JourneyAnswer, source: AnswerSource): unknown {
  if ("header" in source) {
    const value = answer.headers[source.header.toLowerCase()];
    return typeof value === "string" ? value : value?.[0];
  }
  if ("text" in source) {
    const found = source.text.exec(answer.text);
    return found?.[1] ?? found?.[0];
  }
  let value = answer.json;
  for (const key of source.json.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

export function expectedStatuses(expect: number | ExpectedAnswer | undefined): readonly number[] {
  const status = typeof expect === "object" ? expect.status : expect;
  return typeof status === "object" ? status : [status ?? 200];
}

/** The first difference between an answer and its expected content. Undefined if there is none. */
export function contentDifference(
  answer: ReceivedAnswer,
  expect: number | ExpectedAnswer | undefined,
): string | undefined {
  if (typeof expect !== "object") return undefined;
  for (const [name, value] of Object.entries(expect.headers ?? {})) {
    const got = readSource(answer, { header: name });
    if (got !== value) return `header ${name} must be ${show(value)}, got ${show(got)}`;
  }
  if (expect.text !== undefined && !answer.text.includes(expect.text)) {
    return `the body must contain ${show(expect.text)}, got ${show(answer.text)}`;
  }
  if (expect.sha256 !== undefined && answer.sha256 !== expect.sha256) {
    return `SHA-256 of the body must be ${expect.sha256}, got ${answer.sha256}`;
  }
  if (expect.json === undefined) return undefined;
  if (answer.json === undefined) return `the body must be JSON, got ${show(answer.text)}`;
  return jsonDifference(expect.json, answer.json, "");
}

/** Objects may have more keys than expected; everything else must be equal. */
function jsonDifference(expected: unknown, got: unknown, path: string): string | undefined {
  if (isObject(expected) && isObject(got)) {
    for (const [key, value] of Object.entries(expected)) {
      const difference = jsonDifference(value, got[key], path === "" ? key : `${path}.${key}`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (isDeepStrictEqual(expected, got)) return undefined;
  return `${path || "the body"} must be ${show(expected)}, got ${show(got)}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for an answer to a user whose session is not valid. */
export function isSessionLost(answer: ReceivedAnswer, lost: ExpectedAnswer = { status: 401 }): boolean {
  return expectedStatuses(lost).includes(answer.status) && contentDifference(answer, lost) === undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
