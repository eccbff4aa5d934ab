/** Pulumi's Automation API, loaded on demand: it takes most of a second to load. */
export function automation(): typeof import("@pulumi/pulumi/automation") {
  return require("@pulumi/pulumi/automation");
}
