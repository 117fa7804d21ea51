// The beginning of what a ticket says, where that is in sight.
import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { firstWords } from "../base/texts";
import { useWords } from "../words/words";
import { useShownWords } from "./customer";

export function FirstWords({ ticket }: { ticket: Ticket }) {
  const { t } = useWords();
  return <>{useShownWords(ticket, firstWords(ticket) || t.inbox.noWords)}</>;
}
