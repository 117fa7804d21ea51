// Who it is: the name of a customer, as it is shown in lists and beside complaints.
import { isMessage } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { createConnectQueryKey, useQuery } from "@connectrpc/connect-query";

import { Customer_State, CustomerSchema, type Customer } from "@protos/dangol/tickets/v1/customer_pb";
import { CustomerService } from "@protos/dangol/tickets/v1/customer_service_pb";
import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { queries, transport } from "../base/api";
import { may } from "../base/session";
import { useWords, type Words } from "../words/words";

const KEPT_MS = 10 * 60_000;

// With `ask` false only what is known already.
export function useCustomer(name: string, ask = true) {
  return useQuery(CustomerService.method.getCustomer, { name }, { enabled: ask && Boolean(name) && may("customers.read"), staleTime: KEPT_MS });
}

// The display name, else the first way to reach the person.
export function nameOf(customer: Customer, t: Words): string {
  if (customer.state === Customer_State.ERASED || customer.state === Customer_State.ERASING) return t.customer.erased;
  if (customer.state === Customer_State.RESTRICTED) return t.customer.restricted;
  return customer.displayName || customer.contactPoints[0]?.value || customer.externalIds[0]?.id || t.customer.nameless;
}

export interface Who {
  // Empty: not known yet.
  name: string;
  // Kept because the law wants it. Who may not see the customer at all is told the same.
  restricted: boolean;
}

// One question for both: a list has many rows.
export function useWho(customer: string, ask = true): Who {
  const { t } = useWords();
  const { data, error } = useCustomer(customer, ask);
  const restricted = data?.state === Customer_State.RESTRICTED || (error !== null && ConnectError.from(error).code === Code.PermissionDenied);
  return { restricted, name: restricted ? t.customer.restricted : data ? nameOf(data, t) : "" };
}

// What a ticket says, where it may be read; the words of a restricted customer are not in sight.
export function useShownWords(ticket: Pick<Ticket, "customer" | "anonymous" | "hidden"> | undefined, words: string): string {
  const { t } = useWords();
  const { restricted } = useWho(ticket && !ticket.anonymous ? ticket.customer : "");
  if (restricted) return t.customer.restrictedWords;
  return ticket?.hidden ? t.customer.hiddenWords : words;
}

// Whether its words are out of sight, as far as it is known here, without asking.
export function isOutOfSight(ticket: Ticket): boolean {
  const key = createConnectQueryKey({ schema: CustomerService.method.getCustomer, input: { name: ticket.customer }, transport, cardinality: "finite" });
  const known = ticket.customer ? queries.getQueryData(key) : undefined;
  return ticket.hidden || (isMessage(known, CustomerSchema) && known.state === Customer_State.RESTRICTED);
}
