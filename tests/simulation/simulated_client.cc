#include "tests/simulation/simulated_client.h"

#include <optional>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/rpc/method_table.h"
#include "dangol/api/v1/feed.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/simulation/outcome.h"

namespace dangol::simulation {
namespace {

using namespace dangol::tickets;  // NOLINT: v1

constexpr char kService[] = "/dangol.tickets.v1.TicketService/";
constexpr absl::Duration kCallTimeout = absl::Seconds(2);
constexpr int kAttemptsMost = 8;
// Ids that clients fight for.
constexpr uint64_t kContestedIds = 12;

}  // namespace

SimulatedClient::SimulatedClient(SimulatedRuntime& runtime, std::unique_ptr<rpc::Channel> channel, Ledger& ledger,
                                 int number)
    : runtime_(runtime),
      channel_(std::move(channel)),
      ledger_(ledger),
      number_(number),
      executor_(runtime.NewExecutor("client", 1)) {}

SimulatedClient::~SimulatedClient() = default;

void SimulatedClient::Start() { Think(); }

void SimulatedClient::Think() {
  idle_ = true;
  executor_->PostAt(runtime_.Now() + absl::Milliseconds(runtime_.Uniform(3)), [this] { Next(); });
}

void SimulatedClient::Next() {
  if (stopping_) return;
  idle_ = false;
  ++operations_;
  Operation& operation = ledger_.operations.emplace_back();
  operation.number = static_cast<int64_t>(ledger_.operations.size());
  if (!runtime_.OneIn(20)) operation.request_id = TimeOrderedUuid(runtime_);
  ChooseOperation(operation);
  Send(operation, 0);
}

void SimulatedClient::ChooseOperation(Operation& operation) {
  operation.markers = {fmt::format("marker-{}-{}.", number_, operation.number)};
  const uint64_t choice = runtime_.Uniform(10);
  if (ledger_.tickets.empty() || choice < 3) return ChooseCreate(operation);
  if (choice == 3) return ChooseBatch(operation);
  if (choice == 4) return ChooseReuse(operation);
  const std::string ticket = ledger_.tickets[runtime_.Uniform(ledger_.tickets.size())];
  if (choice < 8) return ChooseTransition(operation, ticket);
  ChooseMessage(operation, ticket);
}

void SimulatedClient::ChooseCreate(Operation& operation) {
  operation.method = "CreateTicket";
  v1::CreateTicketRequest request;
  request.mutable_ticket()->set_subject(operation.markers[0]);
  // Large bodies make batches of many pages, which tear and fill disks better.
  request.mutable_ticket()->set_body(std::string(runtime_.Uniform(runtime_.OneIn(8) ? 20000 : 300), 'b'));
  if (runtime_.OneIn(4)) request.set_ticket_id(fmt::format("contested-{}", runtime_.Uniform(kContestedIds)));
  request.set_request_id(operation.request_id);
  operation.request = request.SerializeAsString();
}

void SimulatedClient::ChooseBatch(Operation& operation) {
  operation.method = "BatchCreateTickets";
  v1::BatchCreateTicketsRequest request;
  request.set_request_id(operation.request_id);
  const std::string marker = std::move(operation.markers[0]);
  operation.markers.clear();
  const uint64_t size = 1 + runtime_.Uniform(8);
  for (uint64_t i = 0; i < size; ++i) {
    v1::CreateTicketRequest& one = *request.add_requests();
    operation.markers.push_back(fmt::format("{}{}.", marker, i));
    one.mutable_ticket()->set_subject(operation.markers.back());
    // A conflict in the middle: what was done before it has to go.
    if (runtime_.OneIn(6)) one.set_ticket_id(fmt::format("contested-{}", runtime_.Uniform(kContestedIds)));
  }
  operation.request = request.SerializeAsString();
}

// Each kind of request has these fields.
template <typename Request>
Request SimulatedClient::Action(Operation& operation, const std::string& method, const std::string& ticket) {
  operation.method = method;
  Request request;
  request.set_name(ticket);
  request.set_etag(operation.etag_sent);
  request.set_request_id(operation.request_id);
  return request;
}

// What an action leaves for good is its message; a decision goes when the ticket is opened again.
void SimulatedClient::ChooseTransition(Operation& operation, const std::string& ticket) {
  if (runtime_.OneIn(2)) operation.etag_sent = ledger_.etag[ticket];
  const std::string& marker = operation.markers[0];
  switch (runtime_.Uniform(7)) {
    case 0: {
      auto request = Action<v1::AcknowledgeTicketRequest>(operation, "AcknowledgeTicket", ticket);
      request.set_heard_summary(marker);
      operation.request = request.SerializeAsString();
      return;
    }
    case 1: {
      auto request = Action<v1::DeclineTicketRequest>(operation, "DeclineTicket", ticket);
      request.set_reason(v1::Decision::UNSUSTAINABLE);
      request.set_reply(marker);
      request.set_decided_by("members/lead");
      operation.request = request.SerializeAsString();
      return;
    }
    case 2: {
      auto request = Action<v1::ResolveTicketRequest>(operation, "ResolveTicket", ticket);
      request.set_disposition(static_cast<v1::Ticket::Disposition>(1 + runtime_.Uniform(5)));
      request.set_remedy_given("a voucher");
      request.set_reply(marker);
      request.set_decided_by("members/lead");
      operation.request = request.SerializeAsString();
      return;
    }
    case 3: {
      auto request = Action<v1::ReopenTicketRequest>(operation, "ReopenTicket", ticket);
      request.set_cause(static_cast<v1::ReopenTicketRequest::Cause>(1 + runtime_.Uniform(4)));
      request.set_body(marker);
      operation.request = request.SerializeAsString();
      return;
    }
    case 4: {
      auto request = Action<v1::UnlinkTicketRequest>(operation, "UnlinkTicket", ticket);
      request.set_note(marker);
      operation.request = request.SerializeAsString();
      return;
    }
    default:
      ChooseAccept(operation, ticket);
  }
}

// Leaves no text: what it does is seen by the versions that the feed tells of.
void SimulatedClient::ChooseAccept(Operation& operation, const std::string& ticket) {
  operation.markers.clear();
  const std::string change = runtime_.OneIn(2) ? fmt::format("changes/c{}", runtime_.Uniform(kContestedIds)) : "";
  const auto choose_change = [&](auto& request) {
    if (change.empty()) return request.mutable_draft()->set_title("A parcel that comes when it should");
    request.set_change(change);
  };
  if (runtime_.OneIn(3)) {
    operation.method = "BatchAcceptTickets";
    operation.etag_sent.clear();
    v1::BatchAcceptTicketsRequest request;
    request.set_request_id(operation.request_id);
    choose_change(request);
    request.add_names(ticket);
    const std::string other = ledger_.tickets[runtime_.Uniform(ledger_.tickets.size())];
    if (other != ticket) request.add_names(other);
    operation.request = request.SerializeAsString();
    return;
  }
  auto request = Action<v1::AcceptTicketRequest>(operation, "AcceptTicket", ticket);
  choose_change(request);
  operation.request = request.SerializeAsString();
}

void SimulatedClient::ChooseMessage(Operation& operation, const std::string& ticket) {
  operation.method = "CreateMessage";
  v1::CreateMessageRequest request;
  request.set_parent(ticket);
  request.mutable_message()->set_kind(static_cast<v1::Message::Kind>(1 + runtime_.Uniform(3)));
  request.mutable_message()->set_body(operation.markers[0]);
  request.set_request_id(operation.request_id);
  operation.request = request.SerializeAsString();
}

// The request_id of a request that was answered, on another one: has to be refused.
void SimulatedClient::ChooseReuse(Operation& operation) {
  ChooseCreate(operation);
  const Operation& other = ledger_.operations[runtime_.Uniform(ledger_.operations.size())];
  if (other.outcome != Outcome::kAcknowledged || other.request_id.empty() || other.method != "CreateTicket") return;
  operation.request_id = other.request_id;
  operation.method = "CreateTicket";
  operation.refusal = "REQUEST_ID_REUSED";
  v1::CreateTicketRequest request;
  request.mutable_ticket()->set_subject(operation.markers[0]);
  request.set_request_id(other.request_id);
  operation.request = request.SerializeAsString();
}

void SimulatedClient::Send(Operation& operation, int attempt) {
  channel_->Unary(kService + operation.method, operation.request, {{}, runtime_.Now() + kCallTimeout},
                  [this, &operation, attempt](rpc::Reply reply) { OnReply(operation, attempt, std::move(reply)); });
}

void SimulatedClient::OnReply(Operation& operation, int attempt, rpc::Reply reply) {
  const absl::StatusCode code = reply.status.code();
  if (reply.status.ok()) {
    operation.outcome = Outcome::kAcknowledged;
    return OnAcknowledged(operation, reply);
  }
  if (IsRefusal(code)) {
    operation.outcome = Outcome::kRefused;
    if (code == absl::StatusCode::kNotFound) {
      ledger_.Violation(fmt::format("operation {}: an acknowledged ticket is lost: {}", operation.number,
                                    std::string(reply.status.message())));
    }
    if (!operation.refusal.empty() && ErrorReason(reply.status) != operation.refusal) {
      ledger_.Violation(fmt::format("operation {}: refused with {} instead of {}", operation.number,
                                    ErrorReason(reply.status), operation.refusal));
    }
    return Think();
  }
  if (!IsPassing(code)) {
    ledger_.Violation(fmt::format("operation {}: unexpected {}", operation.number, reply.status.ToString()));
    operation.outcome = Outcome::kUnknown;
    return Think();
  }
  if (attempt + 1 >= kAttemptsMost || operation.request_id.empty()) {
    operation.outcome = Outcome::kUnknown;
    return Think();
  }
  executor_->PostAt(runtime_.Now() + Backoff(runtime_, attempt, absl::Milliseconds(50), absl::Seconds(5)),
                    [this, &operation, attempt] { Send(operation, attempt + 1); });
}

void SimulatedClient::OnAcknowledged(Operation& operation, const rpc::Reply& reply) {
  if (!operation.refusal.empty()) {
    ledger_.Violation(fmt::format("operation {}: a request_id was taken for another request", operation.number));
  }
  size_t names_expected = 1;
  if (operation.method == "BatchCreateTickets") {
    v1::BatchCreateTicketsResponse response;
    response.ParseFromString(reply.message);
    for (const v1::Ticket& ticket : response.tickets()) operation.names.push_back(ticket.name());
    ledger_.tickets.insert(ledger_.tickets.end(), operation.names.begin(), operation.names.end());
    names_expected = operation.markers.size();
  } else if (operation.method == "BatchAcceptTickets") {
    v1::BatchAcceptTicketsResponse response;
    response.ParseFromString(reply.message);
    for (const v1::TicketResult& result : response.results()) operation.names.push_back(result.name());
    v1::BatchAcceptTicketsRequest request;
    request.ParseFromString(operation.request);
    names_expected = static_cast<size_t>(request.names_size());
  } else if (operation.method == "CreateMessage") {
    v1::Message message;
    message.ParseFromString(reply.message);
    operation.names = {message.name()};
  } else {
    v1::Ticket ticket;
    ticket.ParseFromString(reply.message);
    operation.names = {ticket.name()};
    ledger_.etag[ticket.name()] = ticket.etag();
    if (operation.method == "CreateTicket") ledger_.tickets.push_back(ticket.name());
  }
  if (operation.names.size() != names_expected) {
    ledger_.Violation(fmt::format("operation {}: the answer lacks resources", operation.number));
    return Think();
  }
  const uint64_t choice = runtime_.Uniform(6);
  if (choice == 0 && operation.method != "CreateMessage") {
    return ReadBack(operation.names[0], std::string(rpc::FindMetadata(reply.trailing, rpc::kCursorKey)), 0);
  }
  if (choice == 1 && !operation.request_id.empty()) return Replay(operation, 0);
  Think();
}

// A read that sends the cursor of a write sees it.
void SimulatedClient::ReadBack(const std::string& name, std::string cursor, int attempt) {
  v1::GetTicketRequest request;
  request.set_name(name);
  channel_->Unary(fmt::format("{}GetTicket", kService), request.SerializeAsString(),
                  {{{std::string(rpc::kMinCursorKey), cursor}}, runtime_.Now() + kCallTimeout},
                  [this, name, cursor, attempt](const rpc::Reply& reply) {
                    if (reply.status.ok()) return Think();
                    if (!IsPassing(reply.status.code())) {
                      ledger_.Violation(fmt::format("{} cannot be read after it was acknowledged: {}", name,
                                                    reply.status.ToString()));
                      return Think();
                    }
                    if (attempt + 1 >= kAttemptsMost) return Think();
                    executor_->PostAt(runtime_.Now() + absl::Seconds(1),
                                      [this, name, cursor, attempt] { ReadBack(name, cursor, attempt + 1); });
                  });
}

// The same request again: one effect, the same resources.
void SimulatedClient::Replay(const Operation& operation, int attempt) {
  channel_->Unary(
      kService + operation.method, operation.request, {{}, runtime_.Now() + kCallTimeout},
      [this, &operation, attempt](const rpc::Reply& reply) {
        if (!reply.status.ok()) {
          if (!IsPassing(reply.status.code())) {
            ledger_.Violation(
                fmt::format("operation {}: a replay was refused: {}", operation.number, reply.status.ToString()));
          } else if (attempt + 1 < kAttemptsMost) {
            executor_->PostAt(runtime_.Now() + absl::Seconds(1),
                              [this, &operation, attempt] { Replay(operation, attempt + 1); });
            return;
          }
          return Think();
        }
        for (const std::string& name : operation.names) {
          if (reply.message.find(name) == std::string::npos) {
            ledger_.Violation(fmt::format("operation {}: a replay does not name {}", operation.number, name));
          }
        }
        Think();
      });
}

SimulatedFollower::SimulatedFollower(SimulatedRuntime& runtime, std::unique_ptr<rpc::Channel> channel, Ledger& ledger,
                                     bool slow)
    : runtime_(runtime),
      channel_(std::move(channel)),
      ledger_(ledger),
      slow_(slow),
      executor_(runtime.NewExecutor("follower", 1)) {}

SimulatedFollower::~SimulatedFollower() = default;

void SimulatedFollower::Start() { Open(); }

void SimulatedFollower::Open() {
  dangol::api::v1::StreamEventsRequest request;
  request.set_after_cursor(cursor_);
  stream_ = channel_->Stream("/dangol.tickets.v1.TicketFeed/StreamEvents", request.SerializeAsString(), {});
  Read();
}

void SimulatedFollower::Read() {
  stream_->Read([this](std::optional<std::string> message, const absl::Status& status) {
    // Not within the stream's own call, which may not be destroyed by it.
    executor_->Post([this, message = std::move(message), status] {
      if (!message) return OnEnd(status);
      OnMessage(*message);
      const bool pause = slow_ && runtime_.OneIn(5);
      executor_->PostAt(runtime_.Now() + (pause ? absl::Seconds(runtime_.Uniform(60)) : absl::ZeroDuration()),
                        [this] { Read(); });
    });
  });
}

void SimulatedFollower::OnMessage(const std::string& bytes) {
  v1::StreamEventsResponse response;
  if (!response.ParseFromString(bytes)) return ledger_.Violation("a feed message does not parse");
  for (const v1::TicketEvent& event : response.events()) {
    if (event.envelope().sequence() != sequence() + 1) {
      ledger_.Violation(fmt::format("the feed goes on at {} behind {}", event.envelope().sequence(), sequence()));
    }
    std::string resources;
    for (const auto& resource : event.envelope().resources()) {
      resources += fmt::format("{}{}@{}", resources.empty() ? "" : " ", resource.name(), resource.version());
    }
    const auto* kind =
        event.GetReflection()->GetOneofFieldDescriptor(event, event.GetDescriptor()->FindOneofByName("kind"));
    events_.push_back({kind == nullptr ? "" : kind->name(), resources});
    cursor_ = event.envelope().cursor();
  }
}

void SimulatedFollower::OnEnd(const absl::Status& status) {
  if (!IsPassing(status.code())) ledger_.Violation(fmt::format("the feed ended: {}", status.ToString()));
  executor_->PostAt(runtime_.Now() + Backoff(runtime_, 0, absl::Milliseconds(200), absl::Seconds(1)),
                    [this] { Open(); });
}

}  // namespace dangol::simulation
