import { isVersion, VERSION_FORM } from "./version";

export interface ScaffoldedFile {
  readonly file: string;
  readonly text: string;
}

/**
 * Creates the texts of the expand and contract scripts of a new change.
 *
 * @param number next free number, 1-9999
 * @param name words of lower-case letters and digits, joined by _
 * @param version first version that needs the change
 * @throws RangeError
 */
export function scaffold(number: number, name: string, version: string): [ScaffoldedFile, ScaffoldedFile] {
  if (!Number.isInteger(number) || number < 1 || number > 9999) {
    throw new RangeError(`number must be a whole number from 1 to 9999, got ${number}.`);
  }
  if (!/^[a-z0-9]+(?:_[a-z0-9]+)*$/.test(name)) {
    throw new RangeError(`name must be words of lower-case letters and digits, joined by _, got "${name}".`);
  }
  if (!isVersion(version)) {
    throw new RangeError(`version must be ${VERSION_FORM}, got "${version}".`);
  }
  const id = `${String(number).padStart(4, "0")}_${name}`;
  return [
    {
      file: `${id}.expand.sql`,
      text: `-- needed-by: ${version}
-- locks: (existing tables that this script locks, or remove this line)

-- Add what ${version} needs. The running version must work before and after it.
`,
    },
    {
      file: `${id}.contract.sql`,
      text: `-- dead-from: ${version}
-- locks: (existing tables that this script locks, or remove this line)

-- Remove what ${version} and later versions do not use.
`,
    },
  ];
}
