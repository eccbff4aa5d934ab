/** Pulumi's Automation API. It takes most of a second to load, so only who runs the CLI pays for it. */
export function automation(): typeof import("@pulumi/pulumi/automation") {
  return require("@pulumi/pulumi/automation");
}
