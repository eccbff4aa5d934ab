import * as pulumi from "@pulumi/pulumi";

/** Returns a reader of the stack's own outputs after the last update, by a stack reference to itself. */
export function ownOutputs(): (name: string) => Promise<unknown> {
  const self = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const reference = new pulumi.StackReference(self);
  return async (name) => (await reference.getOutputDetails(name)).value;
}
