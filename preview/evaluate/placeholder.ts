/**
 * The text that stands for a computed output, so that values derived from it can be compared and read:
 * `<TargetGroup:dev-web-blue.arn>`. Plain ASCII, so that programs that validate their values accept it.
 */
export function placeholder(type: string, name: string, output: string): string {
  return `<${type.split(":").pop()}:${name}.${output}>`;
}

export function newPlaceholder(text: string): string {
  return text.replace("<", "<new ");
}

export function placeholderName(text: string): string | undefined {
  return /<(?:new )?[A-Za-z0-9]+:([^<>]+)\.[A-Za-z0-9]+>/.exec(text)?.[1];
}

/** Identifies the resource of an id or ARN: by the name in its placeholder, or by the text of a resource elsewhere. */
export function referenceKey(text: string): string {
  return placeholderName(text) ?? text;
}
