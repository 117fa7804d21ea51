// Calls by `buf curl`, which sends binary messages and shows JSON.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { fromJson, toJson } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";

import { CODES, Protocol } from "./protos.mjs";

const BUF = fileURLToPath(new URL("../../../../../tools/lint/node_modules/.bin/buf", import.meta.url));

function run(args, input) {
  return new Promise((done, fail) => {
    const child = spawn(BUF, args);
    const ended = { output: "", errors: "" };
    child.stdout.on("data", (data) => (ended.output += data));
    child.stderr.on("data", (data) => (ended.errors += data));
    child.once("error", fail);
    child.once("close", () => done(ended));
    child.stdin.end(input);
  });
}

// Objects one after the other, each beginning and ending with a line of its own.
function jsonObjects(text) {
  return text.split(/(?<=^\})\n/m).filter((one) => one.trim()).map((one) => JSON.parse(one));
}

// Lines such as `buf: < (#1) Content-Type: application/proto`; unary trailers of Connect are among them.
function addHeaders(log, result) {
  for (const [, name, value] of log.matchAll(/^buf: < \(#1\) ([^:\s]+): (.*)$/gm)) {
    const trailer = name.toLowerCase().startsWith("trailer-");
    (trailer ? result.responseTrailers : result.responseHeaders).push({ name: name.slice(trailer ? "trailer-".length : 0), value: [value] });
  }
}

function addError(text, result) {
  const error = JSON.parse(text);
  const details = (error.details ?? []).map(({ type, value }) => ({
    typeUrl: `type.googleapis.com/${type}`,
    value: Buffer.from(value, "base64"),
  }));
  result.error = { code: CODES.indexOf(error.code) + 1, message: error.message ?? "", details };
}

export async function bufCall(url, descriptors, protos, { protocol, request }) {
  const method = protos.methodOf(request);
  const headers = request.requestHeaders.flatMap(({ name, value }) => value.flatMap((one) => ["-H", `${name}: ${one}`]));
  const args = ["curl", "-v", "--schema", `${descriptors}#format=binpb`, "--protocol", protocol === Protocol.CONNECT ? "connect" : "grpcweb", "-d", "@-"];
  if (request.timeoutMs !== undefined) args.push("--timeout", `${request.timeoutMs}ms`);
  const input = request.requestMessages.map((any) => JSON.stringify(toJson(method.input, anyUnpack(any, protos.registry), { registry: protos.registry })));
  const { output, errors } = await run([...args, ...headers, `${url}/${method.parent.typeName}/${method.name}`], input.join("\n"));
  const result = { responseHeaders: [], responseTrailers: [], payloads: [] };
  addHeaders(errors, result);
  for (const object of jsonObjects(output)) result.payloads.push(fromJson(method.output, object, { registry: protos.registry }).payload);
  const error = errors.match(/^\{\n[^]*^\}$/m);
  if (error) addError(error[0], result);
  else if (!/Call complete/.test(errors)) throw new Error(`buf curl: ${errors}`);
  return result;
}
