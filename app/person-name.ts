/** A patient's name in one piece and in two. Splitting and joining give back the very same text. */

/** At the last blank; a name without one is a family name. The database's triggers split in the same way. */
export function splitName(patientName: string): [givenName: string, familyName: string] {
  const at = patientName.lastIndexOf(" ");
  return [patientName.slice(0, Math.max(at, 0)), patientName.slice(at + 1)];
}

export function joinName(givenName: string, familyName: string): string {
  return givenName === "" ? familyName : `${givenName} ${familyName}`;
}

/** The fields of an answer that come from the two columns. */
export function nameFields(row: Readonly<Record<string, unknown>>) {
  const givenName = String(row.given_name);
  const familyName = String(row.family_name);
  return { patientName: joinName(givenName, familyName), givenName, familyName };
}
