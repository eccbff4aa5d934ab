import type * as rds from "@pulumi/aws/rds";
import { randomHex } from "../account";
import { type DatabaseSettings, POSTGRES_MAJOR } from "../database/databases";
import { AwsError, between, failure, invalidInput, oneOf, unsupportedInput } from "../errors";
import { type Plain, resourceType, type Service, type StepContext } from "../resource-type";
import { existing, rejectDuplicate, zonesOf } from "./lookups";
import { recorded } from "./recorded";

type InstanceArgs = Plain<rds.InstanceArgs>;

const INSTANCE_TYPE = "aws:rds/instance:Instance";
const SUBNET_GROUP_TYPE = "aws:rds/subnetGroup:SubnetGroup";
const PARAMETER_GROUP_TYPE = "aws:rds/parameterGroup:ParameterGroup";

const LOWER_NAME = { property: "name", maxLength: 255, lowerCase: true, prefixProperty: "namePrefix" };

/** Parameters that depend on the size of a real server or on libraries of RDS. They are recorded without effect. */
const RECORDED_ONLY_PARAMETERS =
  /^(rds\..*|shared_buffers|effective_cache_size|shared_preload_libraries|huge_pages|ssl|ssl_.*|.*work_mem)$/;

function parametersOf(
  inputs: InstanceArgs,
  { world }: StepContext,
): Pick<DatabaseSettings, "parameters" | "requireTls"> {
  // RDS requires TLS by default; only a parameter group can change that.
  if (inputs.parameterGroupName === undefined) return { parameters: {}, requireTls: true };
  const group = existing(world, PARAMETER_GROUP_TYPE, inputs.parameterGroupName, "DBParameterGroupNotFound");
  const family = String(group.outs.family);
  if (family !== `postgres${POSTGRES_MAJOR}`) {
    const text = `The parameter group's family ${family} does not fit engine version ${inputs.engineVersion}`;
    throw new AwsError("InvalidParameterCombination", text);
  }
  const list = (group.outs.parameters ?? []) as { name: string; value: string }[];
  // A value with braces is a formula over the instance's memory.
  const supported = list.filter(
    ({ name, value }) => !RECORDED_ONLY_PARAMETERS.test(name) && !value.includes("{"),
  );
  return {
    parameters: Object.fromEntries(supported.map(({ name, value }) => [name, value])),
    requireTls: !list.some(({ name, value }) => name === "rds.force_ssl" && value === "0"),
  };
}

/** Final snapshots are recorded without their content. */
const SNAPSHOT_TYPE = "aws:rds/snapshot:Snapshot";

const instance = resourceType<InstanceArgs>({
  autoName: { property: "identifier", maxLength: 63, lowerCase: true, prefixProperty: "identifierPrefix" },
  *check(inputs) {
    yield* oneOf("engine", inputs.engine, ["postgres"]);
    if (
      inputs.engineVersion !== undefined &&
      !new RegExp(`^${POSTGRES_MAJOR}(\\.\\d+)?$`).test(inputs.engineVersion)
    ) {
      const allowed = `${POSTGRES_MAJOR} in the simulator`;
      yield invalidInput("engineVersion", allowed, inputs.engineVersion, `Set ${POSTGRES_MAJOR}.`);
    }
    yield* between("allocatedStorage", inputs.allocatedStorage, 20, 65_536);
    yield* between("backupRetentionPeriod", inputs.backupRetentionPeriod, 0, 35);
    if (inputs.username !== undefined && /^(postgres|rdsadmin|admin|pg_.*)$/.test(inputs.username)) {
      yield invalidInput(
        "username",
        "a name that is not reserved by PostgreSQL or RDS",
        `"${inputs.username}"`,
      );
    }
    if (inputs.password !== undefined && !/^[!-~]{8,128}$/.test(inputs.password)) {
      yield failure("password", "password must be 8 to 128 printable ASCII characters without space.");
    }
    if (inputs.password !== undefined && /[/@"]/.test(inputs.password)) {
      yield failure("password", 'password must not contain /, @ or ".');
    }
    if (inputs.manageMasterUserPassword) {
      yield unsupportedInput("manageMasterUserPassword", "Set password.");
    }
    if (inputs.dbName !== undefined && !/^[a-z_][a-z0-9_]{0,62}$/i.test(inputs.dbName)) {
      yield invalidInput("dbName", "at most 63 letters, digits and underscores", `"${inputs.dbName}"`);
    }
    const takesSnapshot = inputs.skipFinalSnapshot !== true;
    if (takesSnapshot && "finalSnapshotIdentifier" in inputs && !inputs.finalSnapshotIdentifier) {
      yield failure("finalSnapshotIdentifier", "finalSnapshotIdentifier must not be empty.");
    }
  },
  async create(inputs, call) {
    const { world } = call;
    const identifier = inputs.identifier ?? "";
    if (inputs.username === undefined || inputs.password === undefined) {
      throw new AwsError(
        "InvalidParameterValue",
        "username and password are required when creating a DB instance",
      );
    }
    if (inputs.dbSubnetGroupName !== undefined) {
      existing(world, SUBNET_GROUP_TYPE, inputs.dbSubnetGroupName, "DBSubnetGroupNotFoundFault");
    }
    const server = await world.databases.create(identifier, {
      databaseName: inputs.dbName,
      username: inputs.username,
      password: inputs.password,
      ...parametersOf(inputs, call),
    });
    const address = world.databases.hostOf(identifier, server);
    const resourceId = `db-${randomHex(26).toUpperCase()}`;
    return {
      id: resourceId,
      outs: {
        arn: world.account.arn("rds", `db:${identifier}`),
        address,
        port: server.port,
        endpoint: `${address}:${server.port}`,
        hostedZoneId: "Z1RLNUO7B9Q6NB",
        resourceId,
        status: "available",
        engineVersionActual: `${POSTGRES_MAJOR}`,
        availabilityZone: inputs.availabilityZone ?? world.account.zones[0],
      },
    };
  },
  async update(_id, inputs, { world, changed }) {
    if (changed.includes("identifier")) {
      throw new Error("Renaming a DB instance is not supported by the simulator. Keep its identifier.");
    }
    if (changed.includes("password") && inputs.username !== undefined && inputs.password !== undefined) {
      await world.databases.setPassword(inputs.identifier ?? "", inputs.username, inputs.password);
    }
    return {};
  },
  async delete(_id, outs, call) {
    if (outs.deletionProtection) {
      throw new AwsError(
        "InvalidParameterCombination",
        "Cannot delete protected DB Instance, please disable deletion protection and try again.",
      );
    }
    takeFinalSnapshot(outs, call);
    await call.world.databases.delete(String(outs.identifier));
  },
});

function takeFinalSnapshot(outs: Record<string, unknown>, { world, name }: StepContext): void {
  if (outs.skipFinalSnapshot === true) return;
  if (!outs.finalSnapshotIdentifier) {
    throw new Error("final_snapshot_identifier is required when skip_final_snapshot is false");
  }
  const id = String(outs.finalSnapshotIdentifier);
  if (world.resources.get(SNAPSHOT_TYPE, id)) {
    throw new AwsError("DBSnapshotAlreadyExists", `Cannot create the snapshot because ${id} already exists`);
  }
  world.resources.put({ type: SNAPSHOT_TYPE, id, name, inputs: {}, outs: {} });
}

export const rdsService: Service = {
  resources: {
    [INSTANCE_TYPE]: instance,
    [SUBNET_GROUP_TYPE]: recorded<Plain<rds.SubnetGroupArgs>>({
      id: ({ name }) => name ?? "",
      autoName: LOWER_NAME,
      reject(inputs, { world }, id) {
        zonesOf(world, inputs.subnetIds, 2, "DBSubnetGroupDoesNotCoverEnoughAZs");
        if (id !== undefined) return;
        rejectDuplicate(
          world,
          SUBNET_GROUP_TYPE,
          "name",
          inputs.name,
          "DBSubnetGroupAlreadyExists",
          "subnet group",
        );
      },
      outs: (id, inputs, { world }) => ({
        arn: world.account.arn("rds", `subgrp:${id}`),
        vpcId: zonesOf(world, inputs.subnetIds, 2, "DBSubnetGroupDoesNotCoverEnoughAZs").vpcId,
      }),
      rejectDelete: (id, _outs, call) => rejectInUse("dbSubnetGroupName", id, call),
    }),
    [PARAMETER_GROUP_TYPE]: recorded<Plain<rds.ParameterGroupArgs>>({
      id: ({ name }) => name ?? "",
      autoName: LOWER_NAME,
      check: (inputs) => oneOf("family", inputs.family, [`postgres${POSTGRES_MAJOR}`]),
      reject(inputs, { world }, id) {
        if (id !== undefined) return;
        rejectDuplicate(
          world,
          PARAMETER_GROUP_TYPE,
          "name",
          inputs.name,
          "DBParameterGroupAlreadyExists",
          "group",
        );
      },
      outs: (id, _inputs, { world }) => ({ arn: world.account.arn("rds", `pg:${id}`) }),
      rejectDelete: (id, _outs, call) => rejectInUse("parameterGroupName", id, call),
    }),
  },
};

function rejectInUse(property: string, id: string, { world }: StepContext): void {
  const user = world.resources.of(INSTANCE_TYPE).find(({ outs }) => outs[property] === id);
  if (user)
    throw new AwsError(
      "InvalidDBParameterGroupState",
      `${id} is used by DB instance ${user.outs.identifier}`,
    );
}
