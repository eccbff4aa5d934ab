import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { measurement, type RecordInput, recordStatus, text } from "../input";
import { HttpError } from "../server";
import type { RunQuery, VersionDefinition } from "../version-definition";
import { Records } from "./records";
import { createSession, deleteSession, requireSession } from "./sessions";
import { storeUpload } from "./uploads";

const login = z.object({ user: text(100) });
const recordId = z.object({ id: z.string().regex(/^[1-9]\d{0,17}$/, "must be the id of a record") });
const uploadId = z.object({ id: z.uuid("must be the id of an upload") });
const listing = z.object({
  limit: z
    .string()
    .regex(/^\d{1,4}$/, "must be a whole number from 1 to 100")
    .transform(Number)
    .pipe(z.number().min(1).max(100))
    .default(20),
  status: recordStatus.optional(),
  words: z.string().min(1).max(200).optional(),
});
const idempotencyKey = z.object({
  "idempotency-key": z.string().regex(/^[\x21-\x7e]{1,128}$/, "must be 1 to 128 printable ASCII characters"),
});

/** Error messages never contain the value, because it may be a patient's name. */
function check<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const sentences = result.error.issues.map(({ path, message }) => `${path.join(".") || "body"}: ${message}`);
  throw new HttpError(400, sentences.join("; "));
}

export function addRoutes<Input extends RecordInput>(
  http: FastifyInstance,
  release: VersionDefinition<Input>,
  runQuery: RunQuery,
) {
  const records = new Records(release, runQuery);
  const userOf = async ({ headers }: { headers: { authorization?: string } }) =>
    (await requireSession(runQuery, headers.authorization)).user;

  http.addContentTypeParser("application/octet-stream", (_request, body, done) => done(null, body));

  http.post("/login", async ({ body }) => {
    const { user } = check(login, body);
    return { user, token: await createSession(runQuery, user) };
  });
  http.get("/session", ({ headers }) => requireSession(runQuery, headers.authorization));
  http.post("/logout", async ({ headers }, reply) => {
    await deleteSession(runQuery, headers.authorization);
    reply.code(204);
  });

  http.post("/records", async (request, reply) => {
    const user = await userOf(request);
    const requestId = check(idempotencyKey, request.headers)["idempotency-key"];
    const record = await records.create(user, requestId, check(release.input, request.body));
    reply.code(201);
    return record;
  });
  http.get("/records", async (request) => records.list(await userOf(request), check(listing, request.query)));
  http.get("/records/:id", async (request) =>
    records.find(await userOf(request), check(recordId, request.params).id),
  );

  http.post("/uploads", async (request, reply) => {
    const user = await userOf(request);
    if (request.body !== request.raw) {
      throw new HttpError(415, "An upload has content-type application/octet-stream.");
    }
    const upload = await storeUpload(runQuery, user, request.raw);
    reply.code(201);
    return upload;
  });
  http.get("/uploads/:id", async (request) => {
    const user = await userOf(request);
    const { id } = check(uploadId, request.params);
    const [row] = await runQuery("findUpload", [id, user]);
    if (row === undefined) throw new HttpError(404, `There is no upload ${id} for this user.`);
    return { id, bytes: Number(row.bytes), sha256: row.sha256 };
  });

  http.post("/measurements", async (request, reply) => {
    const user = await userOf(request);
    const requestId = check(idempotencyKey, request.headers)["idempotency-key"];
    const { seq, value } = check(measurement, request.body);
    await runQuery("storeMeasurement", [user, requestId, seq, JSON.stringify(value)]);
    reply.code(201);
    return { ack: seq };
  });
}
