import { type ValidationIssue, ValueDescription } from "../validation/validation-issue";

/** @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html */
export const MAX_USER_DATA_BYTES = 16_384;

/** A line with which a text is a template. Cloud-init recognizes the text by what follows. */
const TEMPLATE = /^## template: ?jinja[^\n]*(\n|$)/i;

/** The first characters by which cloud-init recognizes user data. */
const CLOUD_INIT = /^(#!|#cloud-config|#cloud-boothook|#include|#part-handler)/i;

/** The headers of a MIME message, which may begin with the `From` line of a mailbox. */
const MIME = /^(From .*\r?\n)?([\w-]+:.*\r?\n([ \t].*\r?\n)*)*(Content-Type|MIME-Version):/i;

/** First characters of other images: PowerShell of Windows, TOML of Bottlerocket, JSON of Ignition. */
const OTHER_IMAGES = /^\s*(#.*\r?\n\s*)*(<(powershell|script|persist)>|\[|settings\.|\{)/i;

/**
 * Returns an issue if an instance would ignore the user data. The text itself is not shown, because it may contain a
 * secret.
 *
 * @param hasOwnImage true for an image that may read other formats than those of cloud-init
 */
export function userDataIssue(userData: string, hasOwnImage: boolean): ValidationIssue | undefined {
  const key = "userData";
  const bytes = Buffer.byteLength(userData);
  if (bytes > MAX_USER_DATA_BYTES) {
    const allowed = `at most ${MAX_USER_DATA_BYTES} bytes`;
    return { key, allowed, got: new ValueDescription(`${bytes} bytes`) };
  }
  if (/^(#!|#cloud-boothook).*\r\n/i.test(userData.replace(TEMPLATE, "").trimStart())) {
    const allowed = "a script whose lines end with a line feed, as Linux expects";
    const got = new ValueDescription("line ends of Windows");
    return {
      key,
      allowed,
      got,
      remedy: "Save the file with the line ends of Unix, or replace \\r\\n by \\n.",
    };
  }
  if (userData === "" || isForCloudInit(userData)) return undefined;
  if (hasOwnImage && OTHER_IMAGES.test(userData)) return undefined;
  const allowed = "a text that begins with #! or #cloud-config, or empty";
  if (TEMPLATE.test(userData)) {
    const got = new ValueDescription("a template with another beginning in its second line");
    return { key, allowed, got, remedy: "Begin a script with #!/bin/sh after the line of the template." };
  }
  if (isForCloudInit(Buffer.from(userData, "base64").toString())) {
    const remedy = "Give the text itself; the component encodes it.";
    return { key, allowed, got: new ValueDescription("a text in Base64"), remedy };
  }
  if (/^\S+$/.test(userData.trim())) {
    const remedy = "Give the content of a file, not its path: read it, e.g. with fs.readFileSync.";
    return { key, allowed, got: new ValueDescription("one word without spaces"), remedy };
  }
  const isIndented = isForCloudInit(userData.trimStart());
  const got = isIndented ? "a text that begins with spaces or a line break" : "a text with another beginning";
  const remedy = isIndented ? "Remove them." : "Begin a script with #!/bin/sh in its first line.";
  return { key, allowed, got: new ValueDescription(got), remedy };
}

function isForCloudInit(text: string): boolean {
  if (!TEMPLATE.test(text)) return CLOUD_INIT.test(text) || MIME.test(text);
  const body = text.replace(TEMPLATE, "").trimStart();
  // A template may begin with a statement, so its result is not known.
  return CLOUD_INIT.test(body) || /^\{[{%#]/.test(body);
}
