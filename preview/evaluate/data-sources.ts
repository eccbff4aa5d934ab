import { FULLY_LISTED, PASSED_ON_OUTPUTS, partitionOf } from "../../aws/data-sources";
import { type PolicyDocumentArgs, policyDocument } from "../../aws/policy-document";
import { dataSourceKey } from "../../engine/program/data-source-key";
import type { KnownDataSource } from "../../engine/program/evaluate";
import { toPlain } from "../../engine/values/codec";
import { containsSecret, containsUnknown, type Properties } from "../../engine/values/values";

type PlaceholderOf = (output: string) => string;

/** The outputs of a data source that are known without AWS; undefined if none are known. */
export function queryWithoutCloud(
  token: string,
  args: Properties,
  stackRegion: string | undefined,
): KnownDataSource | undefined {
  if (containsSecret(args) || containsUnknown(args)) return undefined;
  const region = typeof args.region === "string" ? args.region : stackRegion;
  const placeholderOf: PlaceholderOf = (output) => `<${dataSourceKey(token, args)}.${output}>`;
  switch (token) {
    case "aws:iam/getPolicyDocument:getPolicyDocument":
      return policyResult(args);
    case "aws:index/getRegion:getRegion":
      return regionResult(region, placeholderOf);
    case "aws:index/getPartition:getPartition":
      return partitionResult(region, placeholderOf);
    case "aws:index/getAvailabilityZones:getAvailabilityZones":
      return zonesResult(region, placeholderOf);
    case "aws:ec2/getSubnets:getSubnets":
      return { outputs: { ...args, id: region ?? placeholderOf("id"), ids: three(placeholderOf, "ids") } };
  }
  const passedOn = PASSED_ON_OUTPUTS[token];
  if (passedOn === undefined) return undefined;
  const outputs = Object.fromEntries(passedOn.map((output) => [output, placeholderOf(output)]));
  return { outputs: { ...outputs, ...args }, isComplete: FULLY_LISTED.has(token) };
}

function policyResult(args: Properties): KnownDataSource {
  const document = policyDocument(toPlain(args) as PolicyDocumentArgs);
  const json = JSON.stringify(document, undefined, 2);
  const outputs = { ...args, id: "policy", json, minifiedJson: JSON.stringify(document) };
  return { outputs, isComplete: true, isCertain: true };
}

function regionResult(region: string | undefined, placeholderOf: PlaceholderOf): KnownDataSource {
  const name = region ?? placeholderOf("region");
  const [description, endpoint] = [placeholderOf("description"), placeholderOf("endpoint")];
  const outputs = { id: name, name, region: name, description, endpoint };
  return { outputs, isComplete: true, isCertain: region !== undefined };
}

function partitionResult(region: string | undefined, placeholderOf: PlaceholderOf): KnownDataSource {
  const known = partitionOf(region);
  const partition = known?.partition ?? placeholderOf("partition");
  const dnsSuffix = known?.dnsSuffix ?? placeholderOf("dnsSuffix");
  const reverseDnsPrefix =
    known?.dnsSuffix.split(".").reverse().join(".") ?? placeholderOf("reverseDnsPrefix");
  const outputs = { id: partition, partition, dnsSuffix, reverseDnsPrefix };
  return { outputs, isComplete: true, isCertain: known !== undefined };
}

function zonesResult(region: string | undefined, placeholderOf: PlaceholderOf): KnownDataSource {
  const names =
    region === undefined
      ? three(placeholderOf, "names")
      : ["a", "b", "c"].map((letter) => `${region}${letter}`);
  const zoneIds = three(placeholderOf, "zoneIds");
  return { outputs: { id: region ?? placeholderOf("id"), names, zoneIds } };
}

/**
 * Makes three placeholders for a list, because most regions have three zones, and programs count zones or iterate
 * over them.
 */
function three(placeholderOf: PlaceholderOf, list: string): string[] {
  return [0, 1, 2].map((index) => placeholderOf(`${list}[${index}]`));
}
