import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";

import { RetryInfoSchema } from "@protos/google/rpc/error_details_pb";
import { isWorthAnotherTry } from "../../src/base/api";

const busy = new ConnectError("busy", Code.ResourceExhausted, undefined, [{ desc: RetryInfoSchema, value: create(RetryInfoSchema, { retryDelay: { seconds: 1n } }) }]);

test.each([
  ["a service that is away", new ConnectError("away", Code.Unavailable), true],
  ["one that says when to ask again", busy, true],
  ["a request that is too large", new ConnectError("large", Code.ResourceExhausted), false],
  ["a wrong request", new ConnectError("wrong", Code.InvalidArgument), false],
])("another try after %s: %#", (_, error, worth) => {
  expect(isWorthAnotherTry(error)).toBe(worth);
});
