import { randomBytes, randomInt } from "node:crypto";
import type * as random from "@pulumi/random";
import { between, failure, invalidInput } from "../errors";
import { type Plain, resourceType, type Service } from "../resource-type";
import type { ResourceProperties } from "../values";

type StringArgs = Plain<random.RandomPasswordArgs>;

/** The character classes to draw from, with the minimum number of characters from each. */
function classes(args: StringArgs): { characters: string; least: number }[] {
  const special = args.overrideSpecial ?? "!@#$%&*()-_=+[]{}<>:?";
  return [
    { wanted: args.lower ?? true, characters: "abcdefghijklmnopqrstuvwxyz", least: args.minLower ?? 0 },
    { wanted: args.upper ?? true, characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", least: args.minUpper ?? 0 },
    { wanted: args.numeric ?? args.number ?? true, characters: "0123456789", least: args.minNumeric ?? 0 },
    { wanted: args.special ?? true, characters: special, least: args.minSpecial ?? 0 },
  ].filter(({ wanted, characters }) => wanted && characters !== "");
}

function randomText(args: StringArgs): string {
  const kinds = classes(args);
  const draw = (from: string) => from.charAt(randomInt(from.length));
  const all = kinds.map(({ characters }) => characters).join("");
  const must = kinds.flatMap(({ characters, least }) =>
    Array.from({ length: least }, () => draw(characters)),
  );
  const rest = Array.from({ length: args.length - must.length }, () => draw(all));
  const letters = [...must, ...rest];
  for (let at = letters.length - 1; at > 0; at--) {
    const other = randomInt(at + 1);
    [letters[at], letters[other]] = [letters[other] ?? "", letters[at] ?? ""];
  }
  return letters.join("");
}

function text(idOf: (result: string) => string) {
  return resourceType<StringArgs>({
    *check(inputs) {
      yield* between("length", inputs.length, 1, 4096);
      const kinds = classes(inputs as StringArgs);
      const least = kinds.reduce((sum, each) => sum + each.least, 0);
      if (kinds.length === 0)
        yield failure(
          "length",
          "length needs at least one class of characters to draw from. Enable lower, upper, numeric or special.",
        );
      if (inputs.length !== undefined && least > inputs.length) {
        yield invalidInput("length", `at least ${least}, the sum of the minimums`, inputs.length);
      }
    },
    create(inputs) {
      const result = randomText(inputs);
      return { id: idOf(result), outs: { result } };
    },
  });
}

const randomId = resourceType<Plain<random.RandomIdArgs>>({
  check: (inputs) => between("byteLength", inputs.byteLength, 1, 1024),
  create({ byteLength, prefix = "" }): { id: string; outs: ResourceProperties } {
    const bytes = randomBytes(byteLength);
    const id = bytes.toString("base64url");
    const outs = {
      hex: prefix + bytes.toString("hex"),
      dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
      b64Url: prefix + id,
      b64Std: prefix + bytes.toString("base64"),
    };
    return { id, outs };
  },
});

/** The provider `random`, with secure random numbers: the passwords of a rehearsal are secrets too. */
export const randomService: Service = {
  resources: {
    "random:index/randomPassword:RandomPassword": text(() => randomBytes(8).toString("hex")),
    "random:index/randomString:RandomString": text((result) => result),
    "random:index/randomId:RandomId": randomId,
  },
};
