// What became of each complaint of a customer, and what was said about it.
import { useInfiniteQuery } from "@connectrpc/connect-query";

import { Customer_State, type Customer } from "@protos/dangol/tickets/v1/customer_pb";
import { CustomerService, TimelineEntry_Step, type TimelineEntry } from "@protos/dangol/tickets/v1/customer_service_pb";
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import { useNow } from "../../base/now";
import { PAGED, useAllPages } from "../../base/pages";
import { dateOf } from "../../format/time";
import { useWords, type Words } from "../../words/words";

const PAGE_SIZE = 200;
const WORDS_MAX = 160;

// By ticket, the oldest first.
export function useSteps(customer: Customer): Map<string, TimelineEntry[]> {
  const query = useInfiniteQuery(
    CustomerService.method.listCustomerTimeline,
    { parent: customer.name, pageSize: PAGE_SIZE, pageToken: "" },
    { ...PAGED, enabled: customer.state === Customer_State.ACTIVE },
  );
  useAllPages(query);
  const steps = new Map<string, TimelineEntry[]>();
  for (const entry of query.data?.pages.flatMap((page) => page.entries) ?? []) {
    if (entry.step === TimelineEntry_Step.RECEIVED) continue;
    steps.set(entry.ticket, [entry, ...(steps.get(entry.ticket) ?? [])]);
  }
  return steps;
}

function said(entry: TimelineEntry, t: Words): string {
  switch (entry.step) {
    case TimelineEntry_Step.HEARD:
      return t.loopNode.heard;
    case TimelineEntry_Step.DECIDED:
      return t.loopNode.decided;
    case TimelineEntry_Step.ANSWERED:
      return t.ticketState[Ticket_State.ANSWERED]!;
    case TimelineEntry_Step.CLOSED:
      return t.ticketState[Ticket_State.CLOSED]!;
    case TimelineEntry_Step.MESSAGE:
      return t.messageKind[entry.message?.kind ?? 0] ?? "";
    default:
      return t.files.label;
  }
}

// What was said, or which file came.
function wordsOf(entry: TimelineEntry): string {
  const words = entry.message?.body ?? entry.attachment?.fileName ?? "";
  return words.length > WORDS_MAX ? `${words.slice(0, WORDS_MAX).trimEnd()}…` : words;
}

export function TicketSteps({ steps }: { steps: TimelineEntry[] }) {
  const { t, f } = useWords();
  const now = useNow();
  if (!steps.length) return null;
  return (
    <ol className="ticket-steps">
      {steps.map((entry, index) => {
        const at = dateOf(entry.time);
        return (
          <li key={index}>
            <time dateTime={at?.toISOString()}>{at && f.dateTime(at, now)}</time>
            <span>
              <b>{said(entry, t)}</b> <span dir="auto">{wordsOf(entry)}</span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}
