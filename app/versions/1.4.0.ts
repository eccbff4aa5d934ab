/** Records can be searched by the words of their note. */

import { type SeverityInput, severityInput } from "../input";
import { nameFields, splitName } from "../person-name";
import { newestRecords } from "../queries";
import { queriesOf, type RecordShape, type VersionDefinition } from "../version-definition";

const statusId = (parameter: string) => `(select s.id from record_statuses s where s.name = ${parameter})`;

const shape: RecordShape<SeverityInput> = {
  version: "1.4.0",
  input: severityInput,
  written: {
    given_name: "$3",
    family_name: "$4",
    note: "$5",
    note_words: "to_tsvector('simple', $5)",
    status_id: statusId("$6"),
    severity: "$7",
  },
  read: {
    given_name: "given_name",
    family_name: "family_name",
    note: "note",
    status: "(select s.name from record_statuses s where s.id = status_id)",
    severity: "severity",
  },
  values: ({ patientName, note, status, severity }) => [...splitName(patientName), note, status, severity],
  answer: (row) => ({
    ...nameFields(row),
    note: String(row.note),
    status: String(row.status),
    severity: String(row.severity),
  }),
};

export const queries = {
  ...queriesOf(shape),
  listRecordsByStatus: { sql: newestRecords(shape.read, `status_id = ${statusId("$3")}`) },
  listRecordsByWords: { sql: newestRecords(shape.read, "note_words @@ plainto_tsquery('simple', $3)") },
};

export const release: VersionDefinition<SeverityInput> = {
  ...shape,
  queries,
  list: (user, { limit, status, words }) => {
    if (words !== undefined) return ["listRecordsByWords", [user, limit, words]];
    return status === undefined
      ? ["listRecords", [user, limit]]
      : ["listRecordsByStatus", [user, limit, status]];
  },
};
