"""A complaint comes in, is accepted into a change that is not there yet, and its loop is read.

Run it as `loop_client.py localhost:7401 localhost:7403`; with the same request_ids, a second run changes nothing.
The stubs are protoc's, as for every gRPC service.
"""
import sys

import grpc
from dangol.metrics.v1.loop_service_pb2 import GetLoopRequest
from dangol.metrics.v1.loop_service_pb2_grpc import LoopServiceStub
from dangol.tickets.v1.ticket_pb2 import Ticket
from dangol.tickets.v1.ticket_service_pb2 import AcceptTicketRequest, CreateTicketRequest, DraftChange
from dangol.tickets.v1.ticket_service_pb2_grpc import TicketServiceStub

tickets = TicketServiceStub(grpc.insecure_channel(sys.argv[1]))
loops = LoopServiceStub(grpc.insecure_channel(sys.argv[2]))

complaint = Ticket(subject="The parcel came a week late")
ticket = tickets.CreateTicket(CreateTicketRequest(ticket=complaint, request_id="order-4712-complaint"))

draft = DraftChange(title="Parcels come on the day that we said")
ticket, call = tickets.AcceptTicket.with_call(
    AcceptTicketRequest(name=ticket.name, draft=draft, request_id="order-4712-acceptance"))

# Another service is asked for what it knows once it has seen that acceptance.
seen = ("x-dangol-min-cursor", dict(call.trailing_metadata())["x-dangol-cursor"])
loop = loops.GetLoop(GetLoopRequest(name=ticket.name.replace("tickets/", "loops/")), metadata=[seen])
print(f"{loop.ticket} is {Ticket.State.Name(loop.state)} into {loop.change}")
