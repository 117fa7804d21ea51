// A complaint comes in, is accepted into a change that is not there yet, and its loop is read.
//
// Run it with the address of the gateway, http://127.0.0.1:7400; with the same request ids, a second run changes nothing.
// A page does the same with `baseUrl: "/"`.
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { LoopService } from "dangol-client/dangol/metrics/v1/loop_service_pb";
import { Ticket_State } from "dangol-client/dangol/tickets/v1/ticket_pb";
import { TicketService } from "dangol-client/dangol/tickets/v1/ticket_service_pb";

const transport = createConnectTransport({ baseUrl: process.argv[2] });
const tickets = createClient(TicketService, transport);
const loops = createClient(LoopService, transport);

const { name } = await tickets.createTicket({
  ticket: { subject: "The parcel came a week late" },
  requestId: "order-4712-complaint",
});

let cursor = "";
const ticket = await tickets.acceptTicket(
  { name, draft: { title: "Parcels come on the day that we said" }, requestId: "order-4712-acceptance" },
  { onTrailer: (trailer) => (cursor = trailer.get("x-dangol-cursor") ?? "") },
);

// Another service is asked for what it knows once it has seen that acceptance.
const loop = await loops.getLoop({ name: name.replace("tickets/", "loops/") }, { headers: { "x-dangol-min-cursor": cursor } });
console.log(`${loop.ticket} is ${Ticket_State[ticket.state]} into ${loop.change}`);
