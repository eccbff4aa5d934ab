import { randomUUID } from "node:crypto";
import type { AwsError } from "../errors";
import type { TargetHealthDescription } from "../load-balancer/types";

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? "");
}

function element(name: string, ...content: readonly string[]): string {
  return `<${name}>${content.join("")}</${name}>`;
}

const leaf = (name: string, text: string | number) => element(name, escapeText(String(text)));

export function describeTargetHealth(targets: readonly TargetHealthDescription[]): string {
  const members = targets.map(({ target, state, reason }) =>
    element(
      "member",
      element("Target", leaf("Id", target.id), leaf("Port", target.port)),
      leaf("HealthCheckPort", target.port),
      element("TargetHealth", leaf("State", state), reason === undefined ? "" : leaf("Reason", reason)),
    ),
  );
  const result = element("DescribeTargetHealthResult", element("TargetHealthDescriptions", ...members));
  const metadata = element("ResponseMetadata", leaf("RequestId", randomUUID()));
  const name = "DescribeTargetHealthResponse";
  return `<${name} xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">${result}${metadata}</${name}>`;
}

/**
 * The error body of the Query protocol. S3 sends the inner element alone, but S3 clients also find it in this body.
 */
export function errorXml({ code, detail }: AwsError): string {
  const error = element("Error", leaf("Type", "Sender"), leaf("Code", code), leaf("Message", detail));
  return element("ErrorResponse", error, leaf("RequestId", randomUUID()));
}
