import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { PublishCommand } from "@aws-sdk/client-sns";
import type { TrafficClients } from "./clients";

type Log = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface Notification {
  readonly type: "Gate Passed" | "Gate Failed" | "Shift Baked" | "Shift Rolled Back";
  readonly text: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** SNS allows at most 100 ASCII characters. */
const MAX_SUBJECT_LENGTH = 100;
/** Leaves time for the function to report its result. */
const SEND_LIMIT_MS = 4_000;
/** Below the limits of EventBridge (256 KiB an event, all fields) and SNS (256 KiB a message). */
const MAX_TEXT_LENGTH = 32_000;

/**
 * Sends an event with the source `changeover` to EventBridge, and the text to the topics.
 *
 * A notification that cannot be sent is logged and does not fail the step.
 */
export async function notify(
  { events, sns }: Pick<TrafficClients, "events" | "sns">,
  { type, text, detail }: Notification,
  topicArns: readonly string[],
  log: Log,
): Promise<void> {
  const message = text.slice(0, MAX_TEXT_LENGTH);
  const subject = `changeover ${String(detail.stack ?? "")}: ${type}`
    .replace(/[^\x20-\x7e]/g, " ")
    .slice(0, MAX_SUBJECT_LENGTH);
  const abortSignal = AbortSignal.timeout(SEND_LIMIT_MS);
  const sent = [
    events
      .send(
        new PutEventsCommand({
          Entries: [
            { Source: "changeover", DetailType: type, Detail: JSON.stringify({ ...detail, text: message }) },
          ],
        }),
        { abortSignal },
      )
      .then(({ Entries = [] }) => {
        const [entry] = Entries;
        if (entry?.ErrorCode !== undefined) throw new Error(`${entry.ErrorCode}: ${entry.ErrorMessage}`);
      }),
    ...topicArns.map((TopicArn) =>
      sns.send(new PublishCommand({ TopicArn, Subject: subject, Message: message }), { abortSignal }),
    ),
  ];
  const names = ["EventBridge", ...topicArns];
  for (const [index, outcome] of (await Promise.allSettled(sent)).entries()) {
    if (outcome.status === "fulfilled") continue;
    log("notification failed", { type, to: names[index], error: String(outcome.reason) });
  }
}
