/** A patient's name is split into given name and family name. */

import { type RecordInput, recordInput } from "../input";
import { nameFields, splitName } from "../person-name";
import { queriesOf, type RecordShape, type VersionDefinition } from "../version-definition";

const shape: RecordShape<RecordInput> = {
  version: "1.1.0",
  input: recordInput,
  written: { given_name: "$3", family_name: "$4", note: "$5", status: "$6" },
  read: { given_name: "given_name", family_name: "family_name", note: "note", status: "status" },
  values: ({ patientName, note, status }) => [...splitName(patientName), note, status],
  answer: (row) => ({ ...nameFields(row), note: String(row.note), status: String(row.status) }),
};

export const queries = queriesOf(shape);
export const release: VersionDefinition = { ...shape, queries };
