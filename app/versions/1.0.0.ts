/** The first release: a patient's name is one column, a status is text. */

import { type RecordInput, recordInput } from "../input";
import { queriesOf, type RecordShape, type VersionDefinition } from "../version-definition";

const shape: RecordShape<RecordInput> = {
  version: "1.0.0",
  input: recordInput,
  written: { patient_name: "$3", note: "$4", status: "$5" },
  read: { patient_name: "patient_name", note: "note", status: "status" },
  values: ({ patientName, note, status }) => [patientName, note, status],
  answer: (row) => ({
    patientName: String(row.patient_name),
    note: String(row.note),
    status: String(row.status),
  }),
};

export const queries = queriesOf(shape);
export const release: VersionDefinition = { ...shape, queries };
