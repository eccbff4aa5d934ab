import { type handleUnaryCall, Metadata, status } from "@grpc/grpc-js";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import type { CheckFailure } from "../deploy/provider";
import type { Made } from "../deploy/provider-calls";
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

/** It exists, but not well: the CLI records it and fails the update. */
class NotWellError extends Error {
  constructor(
    readonly made: Made,
    readonly reasons: readonly string[],
  ) {
    super(reasons.join("; "));
  }
}

export function well(made: Made): Made {
  if (made.initErrors !== undefined) throw new NotWellError(made, made.initErrors);
  return made;
}

export function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return async ({ request }, callback) => {
    try {
      callback(null, await answer(request));
    } catch (error) {
      callback({ code: status.UNKNOWN, details: message(error), metadata: notWell(error) });
    }
  };
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** gRPC carries structured errors in a header of this name; Node's library leaves writing it to us. */
function notWell(error: unknown): Metadata {
  const metadata = new Metadata();
  if (!(error instanceof NotWellError)) return metadata;
  const { id, outputs } = error.made;
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
