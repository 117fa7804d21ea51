// The messages of the cases, from a file of descriptors.
import { readFileSync } from "node:fs";

import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const PACKAGE = "connectrpc.conformance.v1";

export const Protocol = { CONNECT: 1, GRPC_WEB: 3 };
export const Codec = { PROTO: 1, JSON: 2 };
export const Compression = { IDENTITY: 1, GZIP: 2 };
export const UNARY = 1; // StreamType

export function readProtos(file) {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(file)));
  return {
    registry,
    message: (name) => registry.getMessage(`${PACKAGE}.${name}`),
    methodOf: (request) => {
      const service = registry.getService(request.service ?? `${PACKAGE}.ConformanceService`);
      const name = request.method ?? (request.streamType === UNARY ? "Unary" : "ServerStream");
      return service?.methods.find((method) => method.name === name);
    },
  };
}

// A code by its name in the Connect protocol, such as `not_found`.
export const CODES = [
  "canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found", "already_exists", "permission_denied", "resource_exhausted",
  "failed_precondition", "aborted", "out_of_range", "unimplemented", "internal", "unavailable", "data_loss", "unauthenticated",
];
