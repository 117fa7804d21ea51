// Calls by the transports of Connect for browsers and for Node.js.
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import * as node from "@connectrpc/connect-node";
import * as web from "@connectrpc/connect-web";

import { Codec, Compression, Protocol, UNARY } from "./protos.mjs";

function transportOf(client, baseUrl, registry, call) {
  const library = client === "connect-web" ? web : node;
  const create = call.protocol === Protocol.CONNECT ? library.createConnectTransport : library.createGrpcWebTransport;
  const gzip = call.compression === Compression.GZIP;
  return create({
    baseUrl,
    httpVersion: "1.1",
    useBinaryFormat: call.codec === Codec.PROTO,
    useHttpGet: call.request.useGetHttpMethod,
    jsonOptions: { registry },
    // For Node.js alone: a browser packs nothing, and unpacks by itself.
    ...(library === node && {
      acceptCompression: gzip ? [node.compressionGzip] : [],
      sendCompression: gzip ? node.compressionGzip : undefined,
      compressMinBytes: 0,
    }),
  });
}

function requestHeaders(headers) {
  const all = new Headers();
  for (const { name, value } of headers) for (const one of value) all.append(name, one);
  return all;
}

const toList = (headers) => [...headers].map(([name, value]) => ({ name, value: [value] }));

// An error's metadata is both: nobody can tell which of it came when.
function addError(reason, result) {
  const error = ConnectError.from(reason);
  const details = error.details.map((detail) => ({ typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value }));
  result.error = { code: error.code, message: error.rawMessage, details };
  if (!result.responseHeaders.length) result.responseHeaders = toList(error.metadata);
  result.responseTrailers = toList(error.metadata);
}

export async function connectCall(client, url, protos, call) {
  const { request } = call;
  const method = protos.methodOf(request);
  const transport = transportOf(client, url, protos.registry, call);
  const messages = request.requestMessages.map((any) => anyUnpack(any, protos.registry));
  const header = requestHeaders(request.requestHeaders);
  const result = { responseHeaders: [], responseTrailers: [], payloads: [] };
  try {
    if (request.streamType === UNARY) {
      const answer = await transport.unary(method, undefined, request.timeoutMs, header, messages[0]);
      result.responseHeaders = toList(answer.header);
      result.responseTrailers = toList(answer.trailer);
      result.payloads.push(answer.message.payload);
    } else {
      const input = (async function* () {
        yield* messages;
      })();
      const answer = await transport.stream(method, undefined, request.timeoutMs, header, input);
      result.responseHeaders = toList(answer.header);
      for await (const message of answer.message) result.payloads.push(message.payload);
      result.responseTrailers = toList(answer.trailer);
    }
  } catch (reason) {
    addError(reason, result);
  }
  return result;
}
