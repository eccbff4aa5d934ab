import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { AwsError } from "../errors";
import type { ObjectStore } from "../object-store";
import type { World } from "../world";
import { authorize, type Caller } from "./caller";
import { asAwsError, notSupported } from "./operation";
import { bodyOf } from "./request-body";
import { errorXml } from "./xml";

const STATUS: Readonly<Record<string, number>> = {
  NoSuchKey: 404,
  NoSuchBucket: 404,
  PreconditionFailed: 412,
  AccessDenied: 403,
};

/** Responds as S3, with paths such as `/bucket/key`: GetObject, HeadObject and PutObject. */
export async function respondS3(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  { world, caller }: { readonly world: World; readonly caller: Caller },
): Promise<void> {
  const { method = "" } = request;
  try {
    const [, bucket = "", key = ""] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (key === "" || !["GET", "HEAD", "PUT"].includes(method)) throw notSupported(`s3: ${method} ${path}`);
    const target = { resource: `arn:${world.account.partition}:s3:::${bucket}/${key}`, conditionKeys: {} };
    authorize(caller, method === "PUT" ? "s3:PutObject" : "s3:GetObject", [target], world);
    if (method === "PUT") await putObject(bucket, key, request, response, world.objects);
    else getObject(bucket, key, method, response, world.objects);
  } catch (error) {
    const rejection = asAwsError(error);
    const status = STATUS[rejection.code] ?? 400;
    response.writeHead(status, { "content-type": "application/xml" });
    response.end(method === "HEAD" ? undefined : errorXml(rejection));
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
function getObject(
  bucket: string,
  key: string,
  method: string,
  response: ServerResponse,
  objects: ObjectStore,
): void {
  const { file, etag, contentType } = objects.get(bucket, key);
  const { size, mtime } = statSync(file);
  response.writeHead(200, {
    "content-type": contentType,
    "content-length": size,
    "last-modified": mtime.toUTCString(),
    etag: `"${etag}"`,
  });
  if (method === "HEAD") response.end();
  else createReadStream(file).pipe(response);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
async function putObject(
  bucket: string,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
  objects: ObjectStore,
): Promise<void> {
  const { headers } = request;
  const bytes = await bodyOf(request);
  const digest = headers["x-amz-checksum-sha256"];
  if (digest !== undefined && digest !== createHash("sha256").update(bytes).digest("base64")) {
    throw new AwsError("BadDigest", "The SHA256 you specified did not match the calculated checksum.");
  }
  if (headers["if-none-match"] === "*" && objects.has(bucket, key)) {
    throw new AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
  }
  const { etag } = objects.put(bucket, key, { bytes }, headers["content-type"] ?? "application/octet-stream");
  response.writeHead(200, { etag: `"${etag}"` }).end();
}
