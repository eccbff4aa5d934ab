import * as z from "zod";

/** Text that Postgres stores unchanged: without NUL and without lone surrogates. */
const unicode = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[^\p{Cs}\0]*$/u, "must be valid Unicode without NUL");

export const text = (maxLength: number) => unicode(maxLength).trim().min(1);

export const recordStatus = z.enum(["open", "closed"]);

/** The input of version 1.0.0; later versions add optional fields. */
export const recordInput = z.object({
  patientName: text(200),
  note: text(10_000),
  status: recordStatus.default("open"),
});
export type RecordInput = z.infer<typeof recordInput>;

export const severityInput = recordInput.extend({
  severity: z.enum(["routine", "urgent"]).default("routine"),
});
export type SeverityInput = z.infer<typeof severityInput>;

export const measurement = z.object({
  seq: z.int().min(0),
  value: z.union([z.number(), unicode(1_000), z.array(z.number()).max(4_096)]),
});
