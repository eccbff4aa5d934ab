import { randomUUID } from "node:crypto";
import type { AwsError } from "../errors";

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? "");
}

/** Writes a value as an element. Items of a list are `member` elements; absent values are left out. */
function element(name: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  return `<${name}>${content(value)}</${name}>`;
}

function content(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => element("member", item)).join("");
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([key, inner]) => element(key, inner))
      .join("");
  }
  return escapeText(String(value));
}

export function queryResponse(action: string, namespace: string, result: unknown): string {
  const metadata = element("ResponseMetadata", { RequestId: randomUUID() });
  return `<${action}Response xmlns="${namespace}">${element(`${action}Result`, result ?? {})}${metadata}</${action}Response>`;
}

/**
 * The error body of the Query protocol. S3 sends the inner element alone, but S3 clients also find it in this body.
 */
export function errorXml({ code, detail }: AwsError): string {
  const error = { Type: "Sender", Code: code, Message: detail };
  return element("ErrorResponse", { Error: error, RequestId: randomUUID() });
}
