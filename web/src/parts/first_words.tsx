// The beginning of what a ticket says, where the words of a restricted customer are not in sight.
import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { firstWords } from "../base/texts";
import { useShownWords } from "./customer";

export function FirstWords({ ticket }: { ticket: Ticket }) {
  return <>{useShownWords(ticket, firstWords(ticket))}</>;
}
