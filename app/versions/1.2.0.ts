/** A record has a severity: required in the database, with a default for clients that do not send one. */

import { type SeverityInput, severityInput } from "../input";
import { nameFields, splitName } from "../person-name";
import { queriesOf, type RecordShape, type VersionDefinition } from "../version-definition";

const shape: RecordShape<SeverityInput> = {
  version: "1.2.0",
  input: severityInput,
  written: { given_name: "$3", family_name: "$4", note: "$5", status: "$6", severity: "$7" },
  read: {
    given_name: "given_name",
    family_name: "family_name",
    note: "note",
    status: "status",
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

export const queries = queriesOf(shape);
export const release: VersionDefinition<SeverityInput> = { ...shape, queries };
