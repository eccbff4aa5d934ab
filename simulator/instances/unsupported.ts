/** User data that the simulator cannot carry out. A launch template with it is rejected at once. */
export class UnsupportedUserDataError extends Error {
  override readonly name = "UnsupportedUserDataError";
}

/** Sentence for errors: the user data that the simulator carries out. */
export const SUPPORTED_USER_DATA =
  "The simulator carries out #cloud-config with packages, write_files and runcmd, and #!/bin/bash scripts of simple " +
  "commands that write files, copy the artifact with aws s3 cp, and start systemd units. docs/bring-your-own-application.md lists them.";
