import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { userDataIssue } from "../../../components/fleet/user-data-format";

const gotOf = (text: string, hasOwnImage = false) =>
  (userDataIssue(text, hasOwnImage)?.got as { readonly text: string } | undefined)?.text;

describe("format of user data", () => {
  it("user data: may have every beginning that cloud-init knows", () => {
    for (const text of [
      "#!/bin/sh\n",
      "#cloud-config\r\npackages: []\r\n",
      "## template: jinja\n#cloud-config\n",
      "## template:jinja\r\n#cloud-config\r\n",
      "## template: jinja\n{% if v1.region %}#!/bin/sh\n{% endif %}",
      'Content-Type: multipart/mixed; boundary="x"\n\n--x--\n',
      'From builder Mon Nov 30 10:00:00 2026\r\nContent-Type: multipart/mixed;\r\n boundary="x"\r\n',
      "Subject: parts\nMIME-Version: 1.0\n",
    ])
      assert.equal(userDataIssue(text, false), undefined, text);
  });

  it("user data: of a template begins in its second line like any other", () => {
    assert.equal(
      gotOf("## template: jinja\necho hi\n"),
      "a template with another beginning in its second line",
    );
    assert.equal(gotOf("## template: jinja"), "a template with another beginning in its second line");
    for (const text of ["#!/bin/sh -e\r\nx\r\n", "## template: jinja\r\n#!/bin/sh -e\r\nx\r\n"])
      assert.equal(gotOf(text), "line ends of Windows", text);
  });

  it("user data: has the formats of other images only with an image of one's own", () => {
    for (const text of [
      "# Bottlerocket\n\n[settings.host-containers.admin]\nenabled = true\n",
      "settings.motd = 'hi'\n",
      "<powershell>\n</powershell>\n",
      '{"ignition":{"version":"3.4.0"}}',
    ]) {
      assert.equal(userDataIssue(text, true), undefined, text);
      assert.notEqual(userDataIssue(text, false), undefined, text);
    }
    assert.equal(gotOf("# a comment\necho hi\n", true), "a text with another beginning");
  });
});
