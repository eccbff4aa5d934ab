import * as pulumi from "@pulumi/pulumi";

/** The region of the default provider, if the stack's config has it and no option of the resource changes the provider. */
export function configuredRegion(opts: pulumi.ComponentResourceOptions = {}): string | undefined {
  const { provider, providers, parent } = opts;
  const inherited = parent?.getProvider("aws:lb/listener:Listener");
  const isOther = provider !== undefined || providers !== undefined || inherited !== undefined;
  return isOther ? undefined : new pulumi.Config("aws").get("region");
}
