/** Pulumi's Automation API. It is loaded at the first call, because that takes most of a second. */
export function automation(): typeof import("@pulumi/pulumi/automation") {
  return require("@pulumi/pulumi/automation");
}
