import { AwsError } from "../errors";
import type { StoredResource } from "../resource-store";
import type { World } from "../world";

export const SUBNET_TYPE = "aws:ec2/subnet:Subnet";

/** Rejects a name that is already in use, for types whose names AWS requires to be unique. */
export function rejectDuplicate(
  world: World,
  type: string,
  property: string,
  value: unknown,
  code: string,
  what: string,
): void {
  if (world.resources.of(type).some(({ outs }) => outs[property] === value)) {
    throw new AwsError(code, `A ${what} with ${property} '${String(value)}' already exists`);
  }
}

/** @throws AwsError with this code if the resource does not exist. */
export function existing(world: World, type: string, id: unknown, code: string): StoredResource {
  const found = world.resources.get(type, String(id));
  if (!found) throw new AwsError(code, `The ID '${String(id)}' does not exist`);
  return found;
}

/** Returns the VPC and the zones of the subnets, which must be in at least `least` zones. */
export function zonesOf(
  world: World,
  subnetIds: readonly string[],
  least: number,
  code: string,
): { vpcId: string; zones: string[] } {
  const subnets = subnetIds.map((id) => existing(world, SUBNET_TYPE, id, "InvalidSubnetID.NotFound"));
  const zones = [...new Set(subnets.map(({ outs }) => String(outs.availabilityZone)))];
  if (zones.length < least) {
    throw new AwsError(
      code,
      `The subnets are in ${zones.length} Availability Zone(s) (${zones.join(", ") || "none"}); ` +
        `at least ${least} are needed`,
    );
  }
  const vpcs = [...new Set(subnets.map(({ outs }) => String(outs.vpcId)))];
  if (vpcs.length > 1) throw new AwsError(code, `The subnets are in several VPCs: ${vpcs.join(", ")}`);
  return { vpcId: vpcs[0] ?? "", zones };
}
