/**
 * Makes the text of a placeholder for a computed output, such as `<TargetGroup:dev-web-blue.arn>`, so that values
 * derived from the output can be compared and read. It is plain ASCII, so that programs that validate their values
 * accept it.
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

/**
 * Key of the resource to which an id or ARN belongs: the name in a placeholder, or the text itself for a resource
 * outside of the program.
 */
export function referenceKey(text: string): string {
  return placeholderName(text) ?? text;
}
