import type * as ec2 from "@pulumi/aws/ec2";
import { awsId } from "../account";
import { AwsError, failure, invalidInput } from "../errors";
import { userDataIssue } from "../instances/check-user-data";
import type { InstanceTemplate } from "../instances/instance";
import { type Plain, resourceType, type Service } from "../resource-type";
import type { TemplateVersion, World } from "../world";
import { rejectDuplicate } from "./lookups";

type TemplateArgs = Plain<ec2.LaunchTemplateArgs>;

const TEMPLATE_TYPE = "aws:ec2/launchTemplate:LaunchTemplate";
/** Inputs that can change without a new version of the launch template. */
const UNVERSIONED_INPUTS = ["tags", "name", "namePrefix", "updateDefaultVersion", "defaultVersion"];

function versionOf({ userData = "", imageId, tagSpecifications = [] }: TemplateArgs): TemplateVersion {
  const { tags = {} } = tagSpecifications.find(({ resourceType }) => resourceType === "instance") ?? {};
  return { userData, imageId, tags };
}

const launchTemplate = resourceType<TemplateArgs>({
  autoName: { property: "name", maxLength: 128, prefixProperty: "namePrefix" },
  unknownsOnUpdate: (changed) =>
    changed.some((property) => !UNVERSIONED_INPUTS.includes(property))
      ? ["latestVersion", "defaultVersion"]
      : [],
  *check(inputs) {
    if (inputs.imageId !== undefined && !/^(ami-[0-9a-f]{8,17}|resolve:ssm:\/\S+)$/.test(inputs.imageId)) {
      yield invalidInput("imageId", "an id such as ami-0123456789abcdef0", `"${inputs.imageId}"`);
    }
    const bytes = Buffer.from(inputs.userData ?? "", "base64").length;
    if (bytes > 16_384) yield invalidInput("userData", "at most 16384 bytes", bytes);
    if (inputs.userData !== undefined && !/^[A-Za-z0-9+/=\s]*$/.test(inputs.userData)) {
      yield failure("userData", "userData must be base64. Encode it.");
    }
    if (inputs.updateDefaultVersion && inputs.defaultVersion !== undefined) {
      yield failure(
        "defaultVersion",
        "defaultVersion must not be set with updateDefaultVersion. Set one of them.",
      );
    }
  },
  create(inputs, { world }) {
    rejectDuplicate(
      world,
      TEMPLATE_TYPE,
      "name",
      inputs.name,
      "InvalidLaunchTemplateName.AlreadyExistsException",
      "launch template",
    );
    rejectUnsupported(world, inputs);
    const id = awsId("lt");
    world.launchTemplates.set(id, [versionOf(inputs)]);
    const arn = world.account.arn("ec2", `launch-template/${id}`);
    return { id, outs: { arn, latestVersion: 1, defaultVersion: 1 } };
  },
  update(id, inputs, { world, changed, outs }) {
    if (changed.every((property) => UNVERSIONED_INPUTS.includes(property))) return {};
    rejectUnsupported(world, inputs);
    const versions = world.launchTemplates.get(id) ?? [];
    versions.push(versionOf(inputs));
    world.launchTemplates.set(id, versions);
    const latestVersion = versions.length;
    const defaultVersion = inputs.updateDefaultVersion
      ? latestVersion
      : (inputs.defaultVersion ?? outs.defaultVersion);
    return { latestVersion, defaultVersion };
  },
  delete(id, _outs, { world }) {
    world.launchTemplates.delete(id);
  },
});

/** EC2 accepts any user data. Here an instance could never start, and the update would wait for it until its limit. */
function rejectUnsupported({ instanceHost }: World, { userData }: TemplateArgs): void {
  const issue = userData === undefined ? undefined : userDataIssue(userData, instanceHost);
  if (issue !== undefined) throw new AwsError("UnsupportedUserData", issue);
}

/** Returns the version that a group's launchTemplate selects: a number, `$Latest` or `$Default`. */
export function templateOf(
  world: World,
  named: { readonly id?: string; readonly name?: string; readonly version?: string } | undefined,
): InstanceTemplate {
  const found = world.resources
    .of(TEMPLATE_TYPE)
    .find(({ id, outs }) => id === named?.id || outs.name === named?.name);
  const versions = found && world.launchTemplates.get(found.id);
  if (!found || !versions) {
    const what = named?.id ?? named?.name ?? "none";
    throw new AwsError("InvalidLaunchTemplateId.NotFound", `The launch template ${what} does not exist`);
  }
  const wanted = named?.version ?? "$Default";
  const special: Record<string, number> = {
    $Latest: versions.length,
    $Default: Number(found.outs.defaultVersion),
  };
  const version = special[wanted] ?? Number(wanted);
  const selected = versions[version - 1];
  if (selected === undefined) {
    throw new AwsError("InvalidLaunchTemplateId.VersionNotFound", `${found.id} has no version ${wanted}`);
  }
  const { userData, imageId, tags } = selected;
  return { id: found.id, version, userData, imageId: imageId && world.images.resolve(imageId), tags };
}

export const ec2Instances: Service = { resources: { [TEMPLATE_TYPE]: launchTemplate } };
