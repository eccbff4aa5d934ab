import { Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { type IResourceProviderServer, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Provider } from "../deploy/provider";
import { CheckFailedError, ProviderCalls } from "../deploy/provider-calls";
import { readStruct, writeStruct } from "../program/messages";
import type { ResourceState } from "../state/stack-state";
import { typeOfUrn } from "../state/urn";
import { diffValues, matches } from "../values/property-diff";
import { formatPath } from "../values/property-path";
import { type Properties, UNKNOWN } from "../values/values";
import { checkFailures, detail, initialized, seconds, unary } from "./provider-messages";

const CALL_TIMEOUT_SECONDS = 1800;

export interface ServedProvider {
  /** Port on 127.0.0.1. The CLI reads it from `PULUMI_DEBUG_PROVIDERS=name:port`. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves a provider object to the Pulumi CLI as a resource provider plugin.
 *
 * @param directory base of relative asset paths: the folder in which the program runs
 */
export async function serveProvider(
  name: string,
  version: string,
  provider: Provider,
  directory: string,
): Promise<ServedProvider> {
  const service = new ProviderService(name, version, provider, directory);
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(ResourceProviderService as unknown as ServiceDefinition, service.methods());
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return {
    port,
    close: async () => {
      service.cancel();
      server.forceShutdown();
    },
  };
}

class ProviderService {
  private running = new AbortController();
  private calls: ProviderCalls;

  constructor(
    private readonly name: string,
    private readonly version: string,
    private readonly provider: Provider,
    private readonly directory: string,
  ) {
    this.calls = this.newCalls();
  }

  /** The supported methods. gRPC rejects all others, such as schemas and component plugins, as unimplemented. */
  methods() {
    return {
      attach: unary(() => new Empty()),
      getPluginInfo: unary(() => new PluginInfo().setVersion(this.version)),
      checkConfig: unary((request) => new pb.CheckResponse().setInputs(request.getNews())),
      diffConfig: unary(() => new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE)),
      configure: unary(() =>
        new pb.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true).setAcceptresources(true),
      ),
      cancel: unary(() => {
        this.cancel();
        return new Empty();
      }),
      check: unary((request) => this.check(request)),
      diff: unary((request) => this.diff(request)),
      create: unary((request) => this.create(request)),
      read: unary((request) => this.read(request)),
      update: unary((request) => this.update(request)),
      delete: unary((request) => this.delete(request)),
      invoke: unary((request) => this.invoke(request)),
    } satisfies Partial<IResourceProviderServer>;
  }

  /** Aborts the running calls. Later calls are served normally. */
  cancel(): void {
    this.running.abort(new Error("The update was canceled."));
    this.running = new AbortController();
    this.calls = this.newCalls();
  }

  private newCalls(): ProviderCalls {
    const { signal } = this.running;
    // No limit is needed here, because the CLI already limits parallel calls.
    const limits = { parallel: Number.POSITIVE_INFINITY, timeoutSeconds: CALL_TIMEOUT_SECONDS, signal };
    return new ProviderCalls({ [this.name]: this.provider }, limits, this.directory);
  }

  private readProperties(struct: Struct | undefined): Properties {
    return readStruct(struct, this.directory);
  }

  private async check(request: pb.CheckRequest): Promise<pb.CheckResponse> {
    const news = this.readProperties(request.getNews());
    try {
      const inputs = await this.calls.check(request.getUrn(), this.readProperties(request.getOlds()), news);
      return new pb.CheckResponse().setInputs(writeStruct(inputs));
    } catch (error) {
      if (!(error instanceof CheckFailedError)) throw error;
      return new pb.CheckResponse()
        .setInputs(writeStruct(news))
        .setFailuresList(checkFailures(error.failures));
    }
  }

  private async diff(request: pb.DiffRequest): Promise<pb.DiffResponse> {
    const old = this.oldState(request);
    const news = this.readProperties(request.getNews());
    const { changes, replaces = [], deleteBeforeReplace = false } = await this.calls.diff(old, news);
    const raw = diffValues(old.inputs, news);
    const response = new pb.DiffResponse().setDeletebeforereplace(deleteBeforeReplace);
    if (!(changes ?? raw.length > 0) && replaces.length === 0)
      return response.setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE);
    const details = response.getDetaileddiffMap();
    for (const change of raw) details.set(formatPath(change.path), detail(change, matches(change, replaces)));
    // A provider may also replace the resource because an output has drifted. Such a path is not among the changed
    // inputs.
    for (const path of replaces.filter((each) => !raw.some((change) => matches(change, [each]))))
      details.set(path, new pb.PropertyDiff().setKind(pb.PropertyDiff.Kind.UPDATE_REPLACE));
    return response
      .setChanges(pb.DiffResponse.DiffChanges.DIFF_SOME)
      .setReplacesList(replaces)
      .setDiffsList([...new Set(raw.map(({ path }) => String(path[0])))])
      .setHasdetaileddiff(true);
  }

  private async create(request: pb.CreateRequest): Promise<pb.CreateResponse> {
    const inputs = this.readProperties(request.getProperties());
    // In a preview, the CLI treats outputs that are missing from the response as unknown.
    if (request.getPreview()) return new pb.CreateResponse().setProperties(writeStruct(inputs));
    const created = await this.calls.create(request.getUrn(), inputs, [], seconds(request));
    const { id, outputs } = initialized(created);
    return new pb.CreateResponse().setId(id).setProperties(writeStruct(outputs));
  }

  private async read(request: pb.ReadRequest): Promise<pb.ReadResponse> {
    const inputs = this.readProperties(request.getInputs());
    const properties = this.readProperties(request.getProperties());
    const id = request.getId();
    const live = await this.calls.read(request.getUrn(), id, { ...inputs, ...properties });
    if (live === undefined) return new pb.ReadResponse();
    if (live === "unsupported") {
      return new pb.ReadResponse()
        .setId(id)
        .setProperties(request.getProperties())
        .setInputs(request.getInputs());
    }
    return new pb.ReadResponse()
      .setId(live.id)
      .setProperties(writeStruct(live.outputs))
      .setInputs(writeStruct(live.inputs ?? inputs));
  }

  private async update(request: pb.UpdateRequest): Promise<pb.UpdateResponse> {
    const old = this.oldState(request);
    const news = this.readProperties(request.getNews());
    if (request.getPreview()) {
      const { unknowns = [] } = await this.calls.diff(old, news);
      const unknown = Object.fromEntries(unknowns.map((key) => [key, UNKNOWN]));
      return new pb.UpdateResponse().setProperties(writeStruct({ ...old.outputs, ...news, ...unknown }));
    }
    const { outputs } = initialized(await this.calls.update(old, news, [], seconds(request)));
    return new pb.UpdateResponse().setProperties(writeStruct(outputs));
  }

  private async delete(request: pb.DeleteRequest): Promise<Empty> {
    const old = this.stateOf(request, request.getOldInputs(), request.getProperties());
    await this.calls.delete({ ...old, timeouts: { delete: seconds(request) } });
    return new Empty();
  }

  private async invoke(request: pb.InvokeRequest): Promise<pb.InvokeResponse> {
    const args = this.readProperties(request.getArgs());
    const { outputs, failures = [] } = await this.calls.invoke(request.getTok(), args);
    return new pb.InvokeResponse().setReturn(writeStruct(outputs)).setFailuresList(checkFailures(failures));
  }

  private oldState(request: pb.DiffRequest | pb.UpdateRequest): ResourceState {
    return this.stateOf(request, request.getOldInputs(), request.getOlds());
  }

  private stateOf(
    request: { getId(): string; getUrn(): string },
    inputs: Struct | undefined,
    outputs: Struct | undefined,
  ): ResourceState {
    const urn = request.getUrn();
    return {
      urn,
      type: typeOfUrn(urn),
      custom: true,
      id: request.getId(),
      inputs: this.readProperties(inputs),
      outputs: this.readProperties(outputs),
      dependencies: [],
      propertyDependencies: {},
    };
  }
}
