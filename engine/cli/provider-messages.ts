import { type handleUnaryCall, Metadata, status } from "@grpc/grpc-js";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import type { CheckFailure } from "../deploy/provider";
import type { CreatedResource } from "../deploy/provider-calls";
import { writeStruct } from "../program/messages";
import type { RawChange } from "../values/property-diff";

export function seconds(request: { getTimeout(): number }): number | undefined {
  return request.getTimeout() || undefined;
}

export function checkFailures(failures: readonly CheckFailure[]): pb.CheckFailure[] {
  return failures.map(({ property, reason }) =>
    new pb.CheckFailure().setProperty(property).setReason(reason),
  );
}

export function detail({ kind }: RawChange, forces: boolean): pb.PropertyDiff {
  const kinds = pb.PropertyDiff.Kind;
  const [update, replace] = {
    add: [kinds.ADD, kinds.ADD_REPLACE] as const,
    delete: [kinds.DELETE, kinds.DELETE_REPLACE] as const,
    update: [kinds.UPDATE, kinds.UPDATE_REPLACE] as const,
  }[kind];
  return new pb.PropertyDiff().setKind(forces ? replace : update).setInputdiff(true);
}

/** For this error, the CLI records the resource and fails the update. */
class InitializationFailedError extends Error {
  constructor(
    readonly created: CreatedResource,
    readonly reasons: readonly string[],
  ) {
    super(reasons.join("; "));
  }
}

export function initialized(created: CreatedResource): CreatedResource {
  if (created.initErrors !== undefined) throw new InitializationFailedError(created, created.initErrors);
  return created;
}

export function unary<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return async ({ request }, callback) => {
    try {
      callback(null, await handle(request));
    } catch (error) {
      callback({ code: status.UNKNOWN, details: message(error), metadata: initializationFailure(error) });
    }
  };
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Builds gRPC's header for structured errors, because Node's gRPC library does not. */
function initializationFailure(error: unknown): Metadata {
  const metadata = new Metadata();
  if (!(error instanceof InitializationFailedError)) return metadata;
  const { id, outputs } = error.created;
  const failed = new pb.ErrorResourceInitFailed()
    .setId(id)
    .setProperties(writeStruct(outputs))
    .setReasonsList([...error.reasons]);
  const any = new Any();
  any.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const details = new Status().setCode(status.UNKNOWN).setMessage(error.message).setDetailsList([any]);
  metadata.set("grpc-status-details-bin", Buffer.from(details.serializeBinary()));
  return metadata;
}
