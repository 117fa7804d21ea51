#include <array>
#include <memory>

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/message_differencer.h"

#include "common/base/json.h"
#include "common/rpc/methods.h"
#include "dangol/tickets/v1/ticket_query.pb.h"
#include "dangol/tickets/v1/ticket_requests.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/gateway/codec.h"
#include "services/gateway/request_field.h"
#include "tests/fuzz/fuzz_target.h"

namespace dangol::fuzz {
namespace {

// What gateways read from strangers: requests, and the claims of tokens.
const google::protobuf::Descriptor* TypeOf(unsigned char choice) {
  const std::array types = {tickets::v1::CreateTicketRequest::descriptor(),
                            tickets::v1::ListTicketsRequest::descriptor(),
                            tickets::v1::AcceptTicketRequest::descriptor(),
                            tickets::v1::UpdateTicketRequest::descriptor(), google::protobuf::Struct::descriptor()};
  return types[choice % types.size()];
}

void ReadAsField(std::string_view input, const google::protobuf::Descriptor* type) {
  const size_t equals = input.find('=');
  if (equals == std::string_view::npos) return;
  const auto message = rpc::NewMessage(type);
  const absl::Status status = gateway::SetField(*message, input.substr(0, equals), input.substr(equals + 1));
  if (!status.ok()) Require(!status.message().empty(), "a refusal says why");
}

}  // namespace

// The first byte chooses the type.
Target JsonTarget() {
  return [](std::string_view input) {
    if (input.empty()) return;
    const google::protobuf::Descriptor* type = TypeOf(static_cast<unsigned char>(input[0]));
    input.remove_prefix(1);
    ReadAsField(input, type);
    const auto bytes = gateway::DecodeMessage(gateway::Codec::kJson, type, std::string(input));
    if (!bytes.ok()) return Require(!bytes.status().message().empty(), "a refusal says why");
    const auto json = gateway::EncodeMessage(gateway::Codec::kJson, type, *bytes);
    Require(json.ok(), "what was read can be written");
    const auto again = gateway::DecodeMessage(gateway::Codec::kJson, type, *json);
    Require(again.ok(), "what was written can be read");
    const auto first = rpc::NewMessage(type);
    const auto second = rpc::NewMessage(type);
    Require(first->ParseFromString(*bytes) && second->ParseFromString(*again), "both are messages");
    Require(google::protobuf::util::MessageDifferencer::Equals(*first, *second), "and say the same");
  };
}

}  // namespace dangol::fuzz
