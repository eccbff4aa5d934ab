import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { describe, it } from "mocha";
import { type ServedProvider, serveProvider } from "../../../engine/cli/provider-server";
import { InitializationError } from "../../../engine/deploy/provider";
import { readStruct, writeStruct } from "../../../engine/program/messages";
import { toPlain } from "../../../engine/values/codec";
import { AssetValue, type Properties, Secret, UNKNOWN } from "../../../engine/values/values";
import { urnOf } from "../deploy-resources";
import { MemoryProvider } from "../memory-provider";
import { cleanUpAfterEach, temporaryFolder } from "../support";

const URN = urnOf("thing");

describe("provider served over gRPC", () => {
  cleanUpAfterEach();
  let provider: MemoryProvider;
  let served: ServedProvider;
  let client: ResourceProviderClient;

  beforeEach(async () => {
    provider = new MemoryProvider();
    served = await serveProvider("memory", "1.2.3", provider, process.cwd());
    client = new ResourceProviderClient(`127.0.0.1:${served.port}`, credentials.createInsecure());
  });

  afterEach(async () => {
    client.close();
    await served.close();
  });

  const ask = <Request, Response>(
    method: (request: Request, callback: (error: ServiceError | null, response: Response) => void) => unknown,
    request: Request,
  ) =>
    new Promise<Response>((resolve, reject) =>
      method.call(client, request, (error, response) => (error ? reject(error) : resolve(response))),
    );
  const create = (properties: Properties, preview = false) =>
    ask<pb.CreateRequest, pb.CreateResponse>(
      client.create,
      new pb.CreateRequest().setUrn(URN).setProperties(writeStruct(properties)).setPreview(preview),
    );
  const diff = (olds: Properties, news: Properties) =>
    ask<pb.DiffRequest, pb.DiffResponse>(
      client.diff,
      new pb.DiffRequest()
        .setUrn(URN)
        .setId("thing-1")
        .setOldInputs(writeStruct(olds))
        .setOlds(writeStruct({ ...olds, arn: "arn:thing-1" }))
        .setNews(writeStruct(news)),
    );
  const details = (response: pb.DiffResponse) =>
    Object.fromEntries(
      [...response.getDetaileddiffMap().entries()].map(([path, each]) => [path, each.getKind()]),
    );
  const read = (struct: Parameters<typeof readStruct>[0]) => readStruct(struct, process.cwd());

  it("returns its version and features", async () => {
    const info = await ask<Empty, { getVersion(): string }>(client.getPluginInfo, new Empty());
    assert.equal(info.getVersion(), "1.2.3");
    const configured = await ask<pb.ConfigureRequest, pb.ConfigureResponse>(
      client.configure,
      new pb.ConfigureRequest(),
    );
    assert.ok(configured.getAcceptsecrets() && configured.getSupportspreview());
  });

  it("unwraps secrets for the provider and marks them in its results", async () => {
    let seen: unknown;
    const make = provider.create.bind(provider);
    provider.create = async (urn, inputs, context) => {
      seen = inputs;
      const { id, outs } = await make(urn, inputs, context);
      return { id, outs: { ...outs, url: `postgres://app:${inputs.password}@host` } };
    };
    const response = await create({ password: new Secret("swordfish-7"), size: 1 });
    assert.deepEqual(seen, { password: "swordfish-7", size: 1 });
    const outputs = read(response.getProperties());
    assert.ok(outputs.password instanceof Secret && outputs.url instanceof Secret);
    assert.equal(outputs.size, 1);
  });

  it("creates nothing in a preview; unknown values stay unknown", async () => {
    const response = await create({ size: 1, zone: UNKNOWN }, true);
    assert.deepEqual(provider.calls, []);
    assert.equal(response.getId(), "");
    assert.deepEqual(toPlain(read(response.getProperties())), toPlain({ size: 1, zone: UNKNOWN }));
  });

  it("makes outputs unknown in a preview that an update may change", async () => {
    provider.unknowns = ["arn"];
    const update = new pb.UpdateRequest()
      .setUrn(URN)
      .setId("thing-1")
      .setOldInputs(writeStruct({ size: 1 }))
      .setOlds(writeStruct({ size: 1, arn: "arn:thing-1", other: "stays" }))
      .setNews(writeStruct({ size: 2 }))
      .setPreview(true);
    const response = await ask<pb.UpdateRequest, pb.UpdateResponse>(client.update, update);
    assert.deepEqual(provider.calls, []);
    assert.deepEqual(read(response.getProperties()), { size: 2, arn: UNKNOWN, other: "stays" });
  });

  it("returns the property and the reason of a rejected input", async () => {
    const request = new pb.CheckRequest().setUrn(URN).setNews(writeStruct({ value: "invalid" }));
    const response = await ask<pb.CheckRequest, pb.CheckResponse>(client.check, request);
    assert.deepEqual(
      response.getFailuresList().map((failure) => [failure.getProperty(), failure.getReason()]),
      [["value", "must not be invalid"]],
    );
  });

  it("returns changed properties, those in secrets too, and which of them replace", async () => {
    const { ADD, DELETE, UPDATE, UPDATE_REPLACE } = pb.PropertyDiff.Kind;
    const response = await diff(
      { zone: "a", tags: { Name: "x", old: "1" }, password: new Secret("swordfish-7") },
      { zone: "b", tags: { Name: "y", "a.b": "2" }, password: new Secret("marlin-8000") },
    );
    assert.equal(response.getChanges(), pb.DiffResponse.DiffChanges.DIFF_SOME);
    assert.deepEqual(response.getReplacesList(), ["zone"]);
    assert.deepEqual(details(response), {
      zone: UPDATE_REPLACE,
      "tags.Name": UPDATE,
      "tags.old": DELETE,
      'tags["a.b"]': ADD,
      password: UPDATE,
    });
    const same = await diff({ zone: "a" }, { zone: "a" });
    assert.equal(same.getChanges(), pb.DiffResponse.DiffChanges.DIFF_NONE);
    assert.deepEqual(details(same), {});
  });

  it("compares assets by content, a former asset by its recorded hash", async () => {
    const file = join(temporaryFolder(), "bundle.js");
    writeFileSync(file, "first");
    const [first] = Object.values(read(writeStruct({ code: new AssetValue("asset", { path: file }, "") })));
    assert.ok(first instanceof AssetValue && first.hash !== "");
    writeFileSync(file, "second");
    const [second] = Object.values(read(writeStruct({ code: new AssetValue("asset", { path: file }, "") })));
    assert.ok(second instanceof AssetValue && second.hash !== first.hash);
    assert.deepEqual(Object.keys(details(await diff({ code: first }, { code: second }))), ["code"]);
    assert.deepEqual(details(await diff({ code: second }, { code: second })), {});
  });

  it("distinguishes a resource that failed to initialize from one that was not created", async () => {
    provider.before = () => {
      throw new InitializationError("thing-0", { size: 1 }, ["not healthy in time"]);
    };
    await assert.rejects(create({ size: 1 }), (error: ServiceError) => {
      const [header] = error.metadata.get("grpc-status-details-bin");
      const [any] = Status.deserializeBinary(header as Buffer).getDetailsList();
      const failed = any?.unpack(
        (bytes) => pb.ErrorResourceInitFailed.deserializeBinary(bytes),
        "pulumirpc.ErrorResourceInitFailed",
      );
      assert.equal(failed?.getId(), "thing-0");
      assert.deepEqual(failed?.getReasonsList(), ["not healthy in time"]);
      assert.equal(read(failed?.getProperties()).size, 1);
      return true;
    });
    provider.before = () => {
      throw new Error("quota exceeded");
    };
    await assert.rejects(create({ size: 1 }), (error: ServiceError) => {
      assert.equal(error.details, "quota exceeded");
      assert.deepEqual(error.metadata.get("grpc-status-details-bin"), []);
      return true;
    });
  });

  it("reads a resource, and returns no id for one that does not exist any more", async () => {
    const id = (await create({ size: 1 })).getId();
    const ask1 = (which: string) =>
      ask<pb.ReadRequest, pb.ReadResponse>(client.read, new pb.ReadRequest().setUrn(URN).setId(which));
    const there = await ask1(id);
    assert.deepEqual(read(there.getInputs()), { size: 1 });
    assert.equal(read(there.getProperties()).arn, `arn:${id}`);
    assert.equal((await ask1("thing-99")).getId(), "");
  });

  it("aborts running calls when the CLI cancels, and serves the next update", async () => {
    const started = new Promise<AbortSignal | undefined>((resolve) => {
      provider.before = (_call, signal) => {
        resolve(signal);
        return new Promise((_resolve, reject) =>
          signal?.addEventListener("abort", () => reject(signal.reason)),
        );
      };
    });
    const creation = create({ size: 1 });
    creation.catch(() => {});
    await started;
    await ask<Empty, Empty>(client.cancel, new Empty());
    await assert.rejects(creation, /canceled/);
    provider.before = () => {};
    assert.equal((await create({ size: 1 })).getId(), "thing-1");
  });

  it("limits an operation to its customTimeouts", async () => {
    provider.before = (_call, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    const request = new pb.CreateRequest().setUrn(URN).setProperties(writeStruct({})).setTimeout(0.05);
    await assert.rejects(
      ask<pb.CreateRequest, pb.CreateResponse>(client.create, request),
      /longer than 0.05 s/,
    );
  });

  it("reads data sources", async () => {
    const request = new pb.InvokeRequest().setTok("memory:index:get").setArgs(writeStruct({ name: "x" }));
    const response = await ask<pb.InvokeRequest, pb.InvokeResponse>(client.invoke, request);
    assert.deepEqual(read(response.getReturn()), { name: "x", answer: 42 });
  });
});
