// A complaint comes in, is accepted into a change that is not there yet, and its loop is read.
// Run it as `loop_client localhost:7401 localhost:7403`; with the same request_ids, a second run changes nothing.
#include <iostream>
#include <stdexcept>

#include <grpcpp/grpcpp.h>

#include "dangol/metrics/v1/loop_service.grpc.pb.h"
#include "dangol/tickets/v1/ticket_service.grpc.pb.h"

using namespace dangol::metrics::v1;
using namespace dangol::tickets::v1;

void Check(const grpc::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.error_message());
}

int main(int, char** argv) {
  const auto tickets = TicketService::NewStub(grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  const auto loops = LoopService::NewStub(grpc::CreateChannel(argv[2], grpc::InsecureChannelCredentials()));
  grpc::ClientContext create, accept, read;  // each for one call
  Ticket ticket;
  Loop loop;

  CreateTicketRequest complaint;
  complaint.set_request_id("order-4711-complaint");
  complaint.mutable_ticket()->set_subject("The parcel came a week late");
  Check(tickets->CreateTicket(&create, complaint, &ticket));

  AcceptTicketRequest acceptance;
  acceptance.set_name(ticket.name());
  acceptance.set_request_id("order-4711-acceptance");
  acceptance.mutable_draft()->set_title("Parcels come on the day that we said");
  Check(tickets->AcceptTicket(&accept, acceptance, &ticket));

  // Another service is asked for what it knows once it has seen that acceptance.
  const auto cursor = accept.GetServerTrailingMetadata().find("x-dangol-cursor")->second;
  read.AddMetadata("x-dangol-min-cursor", {cursor.begin(), cursor.end()});
  GetLoopRequest request;
  request.set_name("loops/" + ticket.name().substr(ticket.name().find('/') + 1));
  Check(loops->GetLoop(&read, request, &loop));
  std::cout << loop.ticket() << " is " << Ticket::State_Name(loop.state()) << " into " << loop.change() << "\n";
}
