import { randomUUID } from "node:crypto";

export interface BusEvent {
  readonly id: string;
  readonly at: number;
  readonly source: string;
  readonly detailType: string;
  readonly detail: unknown;
  readonly resources: readonly string[];
}

export interface TopicMessage {
  readonly id: string;
  readonly at: number;
  readonly topicArn: string;
  readonly subject: string | undefined;
  readonly message: string;
}

/** Events and notifications in the order of their arrival. They are recorded, not delivered. */
export class Messages {
  readonly events: BusEvent[] = [];
  readonly notifications: TopicMessage[] = [];

  putEvent(event: Omit<BusEvent, "id" | "at">): string {
    const id = randomUUID();
    this.events.push({ id, at: Date.now(), ...event });
    return id;
  }

  publish(message: Omit<TopicMessage, "id" | "at">): string {
    const id = randomUUID();
    this.notifications.push({ id, at: Date.now(), ...message });
    return id;
  }
}
