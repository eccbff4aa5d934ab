import type { DeclaredResource } from "../support/declared";

/**
 * A Terraform plan in JSON, as far as scanners read it.
 *
 * @see https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
 */
export interface TerraformPlan {
  readonly format_version: string;
  readonly terraform_version: string;
  readonly planned_values: { readonly root_module: { readonly resources: readonly object[] } };
  readonly resource_changes: readonly object[];
  readonly configuration: { readonly root_module: { readonly resources: readonly object[] } };
}

/** Modules of Pulumi whose name is not part of Terraform's type. */
const WITHOUT_MODULE = new Set(["ec2", "vpc"]);

/** Terraform's types whose name does not follow from Pulumi's token. */
const TYPES: Readonly<Record<string, string>> = {
  "lb/loadBalancer": "aws_lb",
  "rds/instance": "aws_db_instance",
  "rds/parameterGroup": "aws_db_parameter_group",
  "rds/subnetGroup": "aws_db_subnet_group",
  "s3/bucketObjectv2": "aws_s3_object",
  "vpc/securityGroupEgressRule": "aws_vpc_security_group_egress_rule",
  "vpc/securityGroupIngressRule": "aws_vpc_security_group_ingress_rule",
};

/** Properties whose keys are data. All other objects are blocks. */
const MAPS = new Set(["tags", "tagsAll", "variables", "dimensions", "triggers", "keepers"]);

/** Blocks whose name in Pulumi is no regular plural. */
const BLOCKS: Readonly<Record<string, string>> = { aliases: "alias" };

/** Converts the AWS resources of a program to a plan that creates them. */
export function terraformPlan(resources: readonly DeclaredResource[]): TerraformPlan {
  const planned = resources
    .filter(({ type, custom }) => custom && type.startsWith("aws:"))
    .map((resource) => {
      const type = terraformType(resource.type);
      const name = resource.name.replace(/[^\w-]/g, "_");
      const values = block(resource.inputs);
      return { address: `${type}.${name}`, mode: "managed", type, name, values, resource };
    });
  const addresses = new Map(planned.map(({ address, resource }) => [resource.urn, address]));
  return {
    format_version: "1.2",
    terraform_version: "1.9.0",
    planned_values: { root_module: { resources: planned.map(({ resource: _resource, ...each }) => each) } },
    resource_changes: planned.map(({ address, mode, type, name, values }) => ({
      ...{ address, mode, type, name },
      change: { actions: ["create"], before: null, after: values },
    })),
    configuration: {
      root_module: {
        resources: planned.map(({ address, mode, type, name, values, resource }) => {
          const references = resource.dependencies.flatMap((urn) => {
            const target = addresses.get(urn);
            return target === undefined ? [] : [`${target}.id`, target];
          });
          // A scanner follows references to find, for example, the settings of a bucket.
          const expressions = Object.fromEntries(Object.keys(values).map((key) => [key, { references }]));
          return { address, mode, type, name, expressions };
        }),
      },
    },
  };
}

/** `aws:lb/listenerRule:ListenerRule` -> `aws_lb_listener_rule` */
export function terraformType(token: string): string {
  const path = token.split(":")[1] ?? "";
  const [module = "", name = ""] = path.split("/");
  return TYPES[path] ?? ["aws", ...(WITHOUT_MODULE.has(module) ? [] : [module]), snakeCase(name)].join("_");
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The values of a block: Terraform has a list of blocks where Pulumi has an object or a list of objects. */
function block(properties: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => {
      if (MAPS.has(key) || typeof value !== "object" || value === null) return [snakeCase(key), value];
      if (!Array.isArray(value)) return [snakeCase(key), [block(value)]];
      if (value.some((item) => typeof item !== "object")) return [snakeCase(key), value];
      return [snakeCase(BLOCKS[key] ?? key.replace(/s$/, "")), value.map((item) => block(item))];
    }),
  );
}
