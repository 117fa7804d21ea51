// How the pages call the services, all through the gateway that they came from.
import type { DescService } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectQueryKey } from "@connectrpc/connect-query";
import { createConnectTransport } from "@connectrpc/connect-web";
import { QueryClient } from "@tanstack/react-query";

import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { CustomerService } from "@protos/dangol/tickets/v1/customer_service_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { RetryInfoSchema } from "@protos/google/rpc/error_details_pb";
import { isUnreachable, reasonOf } from "./errors";
import { requestId } from "./ids";
import { BASE } from "./place";
import { isSignedIn, refuse } from "./session";

const FAILED_AGAIN_MS = 5_000;
const RETRY_DELAYS_MS = [250, 1_000, 3_000];

function mayHaveFailedInBetween(error: unknown): boolean {
  const { code } = ConnectError.from(error);
  return code === Code.Unavailable || code === Code.DeadlineExceeded || isUnreachable(error);
}

// A service that had too much to do did nothing, and says when to ask again.
export function isWorthAnotherTry(error: unknown): boolean {
  const failure = ConnectError.from(error);
  return mayHaveFailedInBetween(error) || (failure.code === Code.ResourceExhausted && failure.findDetails(RetryInfoSchema).length > 0);
}

// A write whose outcome is not known is sent again with the same request_id, which has one effect.
const retryWrites: Interceptor = (next) => async (request) => {
  const isWrite = request.method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  const repeatable = isWrite && !request.stream && Boolean((request.message as { requestId?: string }).requestId);
  for (const delay of repeatable ? RETRY_DELAYS_MS : []) {
    try {
      return await next(request);
    } catch (error) {
      if (!isWorthAnotherTry(error)) throw error;
      await new Promise((done) => setTimeout(done, delay));
    }
  }
  return next(request);
};

// Ids under which something else was done already, with those that stand for them from then on.
const renewed = new Map<string, string>();

// Where the answer to a write was lost, it may be sent again with something else in it. Had the first one been done, the other is refused, and whoever wrote
// it is told; sent once more it is a request of its own. What somebody else changed meanwhile is read again where it is shown, be the live stream away or not.
export const heedRefusals: Interceptor = (next) => async (request) => {
  const message = (request.stream ? {} : request.message) as { requestId?: string };
  const id = message.requestId;
  if (id) message.requestId = renewed.get(id) ?? id;
  try {
    return await next(request);
  } catch (error) {
    const reason = reasonOf(error);
    if (id && reason === "REQUEST_ID_REUSED") renewed.set(id, requestId());
    if (reason === "ETAG_MISMATCH") void queries.invalidateQueries({ queryKey: createConnectQueryKey({ schema: request.service, cardinality: "finite" }) });
    throw error;
  }
};

function isSignedOut(error: unknown): boolean {
  return ConnectError.from(error).code === Code.Unauthenticated;
}

// A call that is refused since nobody is signed in says it for all of them.
const watchSession: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (error) {
    if (isSignedOut(error)) refuse();
    throw error;
  }
};

// What a page says instead of what it shows. Where a service is away for a while, which the menu says, what was read before stays, and so does a form that is
// open above it; it is read again by itself, but for a page further down.
export function failureOf({ data, error, isFetchNextPageError }: { data: unknown; error: unknown; isFetchNextPageError?: boolean }): unknown {
  return data === undefined || isFetchNextPageError || !isWorthAnotherTry(error) ? error : null;
}

// For services that share a name, such as AdminService, with the service in the path.
export function transportTo(path: string) {
  return createConnectTransport({
    baseUrl: globalThis.location ? location.origin + BASE + path : "http://localhost" + path,
    useBinaryFormat: true,
    defaultTimeoutMs: 30_000,
    interceptors: [watchSession, heedRefusals, retryWrites],
  });
}

export const transport = transportTo("");
export const tickets = createClient(TicketService, transport);
export const customers = createClient(CustomerService, transport);
export const changes = createClient(ChangeService, transport);

// What was read of these services is read again where it is shown.
export async function readAnew(...services: DescService[]): Promise<void> {
  await Promise.all(services.map((schema) => queries.invalidateQueries({ queryKey: createConnectQueryKey({ schema, cardinality: undefined }) })));
}

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What changes is told by the live stream.
      staleTime: 60_000,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      // What failed comes back by itself.
      refetchInterval: (query) => (query.state.status === "error" && mayHaveFailedInBetween(query.state.error) ? FAILED_AGAIN_MS : false),
      // Where the session ended nothing fails: it waits for the next one.
      retry: (failures, error) => (isSignedIn() && isSignedOut(error)) || (failures < 2 && isWorthAnotherTry(error)),
      retryDelay: (attempt) => RETRY_DELAYS_MS[attempt] ?? 3_000,
    },
  },
});
