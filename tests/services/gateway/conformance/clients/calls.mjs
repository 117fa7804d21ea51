// Reads calls, makes them one after the other, writes what came of each; run.sh says how.
import { createInterface } from "node:readline";

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";

import { bufCall } from "./buf_curl.mjs";
import { connectCall } from "./connect_calls.mjs";
import { readProtos } from "./protos.mjs";

const [client, url, descriptors] = process.argv.slice(2);
const protos = readProtos(descriptors);
const Request = protos.message("ClientCompatRequest");
const Result = protos.message("ClientResponseResult");

for await (const line of createInterface({ input: process.stdin })) {
  const [protocol, codec, compression, request] = line.split(" ");
  const call = { protocol: +protocol, codec: +codec, compression: +compression, request: fromBinary(Request, Buffer.from(request, "base64")) };
  const result = client === "buf-curl" ? await bufCall(url, descriptors, protos, call) : await connectCall(client, url, protos, call);
  console.log(Buffer.from(toBinary(Result, create(Result, result))).toString("base64"));
}
