/** The two files of a new change. */

import { isVersion } from "./version";

export interface ScaffoldedFile {
  readonly file: string;
  readonly text: string;
}

/**
 * An expand and a contract script with their headers, for `version` that first needs the change.
 *
 * @param number 1-9999, the next free one
 * @param name words in small letters, joined by _
 * @throws RangeError that says what is allowed
 */
export function scaffold(number: number, name: string, version: string): [ScaffoldedFile, ScaffoldedFile] {
  if (!Number.isInteger(number) || number < 1 || number > 9999) {
    throw new RangeError(`the number is ${number}; allowed is a whole number from 1 to 9999.`);
  }
  if (!/^[a-z0-9]+(?:_[a-z0-9]+)*$/.test(name)) {
    throw new RangeError(`the name is "${name}"; allowed are small letters and digits, words joined by _.`);
  }
  if (!isVersion(version)) {
    throw new RangeError(`"${version}" is no version: write three numbers, such as 1.4.0.`);
  }
  const id = `${String(number).padStart(4, "0")}_${name}`;
  return [
    {
      file: `${id}.expand.sql`,
      text: `-- needed-by: ${version}
-- locks: (existing tables that this script locks, or remove this line)

-- What ${version} needs and the running version does not notice.
`,
    },
    {
      file: `${id}.contract.sql`,
      text: `-- dead-from: ${version}
-- locks: (existing tables that this script locks, or remove this line)

-- What no version from ${version} on uses any more.
`,
    },
  ];
}
