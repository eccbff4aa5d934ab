/** Splits a name at the last blank, as the triggers in the database do. A name without a blank is a family name. */
export function splitName(patientName: string): [givenName: string, familyName: string] {
  const at = patientName.lastIndexOf(" ");
  return [patientName.slice(0, Math.max(at, 0)), patientName.slice(at + 1)];
}

export function joinName(givenName: string, familyName: string): string {
  return givenName === "" ? familyName : `${givenName} ${familyName}`;
}

export function nameFields(row: Readonly<Record<string, unknown>>) {
  const givenName = String(row.given_name);
  const familyName = String(row.family_name);
  return { patientName: joinName(givenName, familyName), givenName, familyName };
}
