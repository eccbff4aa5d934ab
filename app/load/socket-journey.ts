import { z } from "zod";
import type { SocketJourney, SocketReply } from "../../contract";

const replySchema = z.union([
  z.object({ leave: z.literal(true) }),
  z.object({ ack: z.int(), color: z.string().optional(), version: z.string().optional() }),
  z.object({ seq: z.int(), error: z.string() }),
]);

/** A device that sends two measurements a second. */
export const measurementSocket: SocketJourney = {
  path: "/live",
  intervalMs: 500,
  message: (seq) => JSON.stringify({ seq, value: Math.round(Math.sin(seq) * 1000) }),
  read(text): SocketReply | undefined {
    const reply = replySchema.safeParse(parseJson(text)).data;
    if (reply === undefined) return undefined;
    if ("leave" in reply) return { kind: "leave" };
    if ("error" in reply) return { kind: "failed", seq: reply.seq, detail: reply.error };
    return { kind: "acknowledged", seq: reply.ack, color: reply.color, version: reply.version };
  },
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
