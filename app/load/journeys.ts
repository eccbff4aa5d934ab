import type { Journey, JourneyAnswer, JourneyUser } from "../../contract";
import { difference, newRecord, type PatientRecord, readRecord, readRecords, SeenRecords } from "./records";

const LIST_LIMIT = 20;

/** The records that a user has seen, as they were first seen. */
interface UserMemory {
  readonly seen: SeenRecords;
  /** The newest record of this user; undefined if a write with an unknown outcome may have created a newer one. */
  newest?: PatientRecord;
}

const memories = new WeakMap<JourneyUser, UserMemory>();

function memoryOf(user: JourneyUser): UserMemory {
  const memory = memories.get(user) ?? { seen: new SeenRecords(user.random) };
  memories.set(user, memory);
  return memory;
}

/** Journeys of a user with a browser, who expects that no record changes after it was first seen. */
export const journeys: Readonly<Record<string, Journey>> = {
  checkSession: {
    weight: 2,
    *steps({ name }) {
      yield {
        path: "/session",
        check({ json }) {
          const { user } = Object(json);
          if (user === name) return undefined;
          return typeof user === "string"
            ? { detail: `a session of ${user}`, sessionLost: true }
            : "a session without a user";
        },
      };
    },
  },

  write: {
    weight: 2,
    *steps(user) {
      const memory = memoryOf(user);
      const sent = newRecord(user.random);
      memory.newest = undefined;
      const answer = yield {
        method: "POST",
        path: "/records",
        json: sent,
        expect: 201,
        check(stored) {
          const record = readRecord(stored.json);
          return record ? changeOf({ ...record, ...sent }, record) : "a stored record that is no record";
        },
        readBack: (stored) => read(readRecord(stored.json) as PatientRecord),
      };
      memory.newest = readRecord(answer.json);
      if (memory.newest) memory.seen.remember(memory.newest);
    },
  },

  read: {
    weight: 2,
    *steps(user) {
      const { seen } = memoryOf(user);
      yield seen.empty ? list(user) : read(seen.any());
    },
  },

  list: {
    *steps(user) {
      yield list(user);
    },
  },
};

function read(first: PatientRecord) {
  return {
    path: `/records/${encodeURIComponent(first.id)}`,
    check(answer: JourneyAnswer) {
      const now = readRecord(answer.json);
      return now === undefined ? "it is no longer a record" : difference(first, now);
    },
  };
}

function list(user: JourneyUser) {
  const { seen, newest } = memoryOf(user);
  return {
    path: `/records?limit=${LIST_LIMIT}`,
    check(answer: JourneyAnswer) {
      const records = readRecords(answer.json);
      if (records === undefined) return "a list that is no list of records";
      if (newest !== undefined && !records.some(({ id }) => id === newest.id)) {
        return `the list lacks record ${newest.id}, the user's newest`;
      }
      for (const record of records) {
        const first = seen.find(record.id);
        const changed = first && difference(first, record);
        if (changed !== undefined) return `record ${record.id}: ${changed}`;
        seen.remember(record);
      }
      return undefined;
    },
  };
}

function changeOf(expected: PatientRecord, stored: PatientRecord): string | undefined {
  const changed = difference(expected, stored);
  return changed && `stored otherwise than sent: ${changed}`;
}
