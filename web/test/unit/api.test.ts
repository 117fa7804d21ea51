import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";

import { CreateMessageRequestSchema, TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { ErrorInfoSchema, RetryInfoSchema } from "@protos/google/rpc/error_details_pb";
import { failureOf, heedRefusals, isWorthAnotherTry, queries } from "../../src/base/api";
import { explain, explainInForm } from "../../src/base/errors";
import { en } from "../../src/words/en";
import { reasonsEn } from "../../src/words/reasons_en";
import type { Words } from "../../src/words/words";

const busy = new ConnectError("busy", Code.ResourceExhausted, undefined, [{ desc: RetryInfoSchema, value: create(RetryInfoSchema, { retryDelay: { seconds: 1n } }) }]);
const refused = (code: Code, reason: string) => new ConnectError("refused", code, undefined, [{ desc: ErrorInfoSchema, value: create(ErrorInfoSchema, { reason }) }]);

test.each([
  ["a service that is away", new ConnectError("away", Code.Unavailable), true],
  ["one that says when to ask again", busy, true],
  ["a request that is too large", new ConnectError("large", Code.ResourceExhausted), false],
  ["a wrong request", new ConnectError("wrong", Code.InvalidArgument), false],
])("another try after %s: %#", (_, error, worth) => {
  expect(isWorthAnotherTry(error)).toBe(worth);
});

const away = new ConnectError("away", Code.Unavailable);
const hidden = new ConnectError("hidden", Code.PermissionDenied);
test.each([
  ["nothing was read yet", { data: undefined, error: away }, away],
  ["it is there", { data: {}, error: null }, null],
  ["it could not be read again for a while", { data: {}, error: away }, null],
  ["it may be read no more", { data: {}, error: hidden }, hidden],
  ["a page further down did not come", { data: {}, error: away, isFetchNextPageError: true }, away],
])("a page shows what was read, where %s: %#", (_, query, shown) => {
  expect(failureOf(query)).toBe(shown);
});

// As the services have it: an id stands for the first request that came under it.
function service() {
  const done = new Map<string, string>();
  const call = heedRefusals(async (request) => {
    const { requestId, message } = request.message as unknown as { requestId: string; message?: { body: string } };
    const first = done.get(requestId);
    if (first !== undefined && first !== message?.body) throw refused(Code.InvalidArgument, "REQUEST_ID_REUSED");
    done.set(requestId, message?.body ?? "");
    return {} as never;
  });
  const send = (requestId: string, body: string) =>
    call({ stream: false, service: TicketService, method: TicketService.method.createMessage, message: create(CreateMessageRequestSchema, { requestId, message: { body } }) } as never);
  return { done, send };
}

test("a request that was changed after the first one was done is refused once, then goes under an id of its own", async () => {
  const { done, send } = service();
  await send("r1", "We look");
  await send("r1", "We look");
  expect([...done.values()]).toEqual(["We look"]);
  await expect(send("r1", "We look into it")).rejects.toThrow("refused");
  await send("r1", "We look into it");
  // That answer was lost, too.
  await send("r1", "We look into it");
  expect([...done.values()]).toEqual(["We look", "We look into it"]);
  await expect(send("r1", "We look into it today")).rejects.toThrow("refused");
  await send("r1", "We look into it today");
  expect([...done.values()]).toEqual(["We look", "We look into it", "We look into it today"]);
  // Others keep theirs.
  await send("r2", "Sorry");
  expect([...done.keys()].at(-1)).toBe("r2");
});

test("what somebody else changed is read anew, and a form says how to see it", async () => {
  const key = ["connect-query", { serviceName: TicketService.typeName, methodName: "GetTicket", cardinality: "finite", input: { name: "tickets/t1" }, transport: "t1" }];
  queries.setQueryData(key, {});
  const mismatch = refused(Code.Aborted, "ETAG_MISMATCH");
  const call = heedRefusals(() => Promise.reject(mismatch));
  await expect(call({ stream: false, service: TicketService, method: TicketService.method.closeTicket, message: {} } as never)).rejects.toBe(mismatch);
  expect(queries.getQueryState(key)?.isInvalidated).toBe(true);
  const t = { ...en, reasons: reasonsEn } as unknown as Words;
  expect(explain(mismatch, t).sentence).toBe(reasonsEn.ETAG_MISMATCH);
  expect(explainInForm(mismatch, t).sentence).toBe(reasonsEn.ETAG_MISMATCH_IN_FORM);
  expect(explainInForm(refused(Code.FailedPrecondition, "WRONG_STATE"), t).sentence).toBe(reasonsEn.WRONG_STATE);
});
