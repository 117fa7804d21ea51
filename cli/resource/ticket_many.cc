#include "cli/resource/ticket_many.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/message.h"

#include "cli/command/client.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "cli/output/progress.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "common/rpc/methods.h"
#include "dangol/tickets/v1/ticket_requests.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::Ticket;
using dangol::tickets::v1::TicketResult;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kTicketsOfCall = 1000;

struct State {
  std::string command;
  std::string method;
  VerbFlags flags;
  std::unique_ptr<Message> request;
  FlagNames names;
};

const FieldDescriptor* NamesField(const Message& request) { return request.GetDescriptor()->FindFieldByName("names"); }

// Those of the flags, or else of standard input: a name a line, or what a list printed as JSON.
std::vector<std::string> NamesOf(const Message& request) {
  std::vector<std::string> names;
  const auto* reflection = request.GetReflection();
  for (int i = 0; i < reflection->FieldSize(request, NamesField(request)); ++i)
    names.push_back(reflection->GetRepeatedString(request, NamesField(request), i));
  if (!names.empty()) return names;
  for (std::string line; std::getline(std::cin, line);) {
    Ticket ticket;
    if (line.starts_with('{') && FromJson(line, ticket).ok()) line = ticket.name();
    if (!line.empty()) names.push_back(FullName(line, "tickets/*"));
  }
  return names;
}

absl::Status Send(const State& state, Client& client, const std::vector<std::string>& names,
                  std::vector<TicketResult>& results) {
  const auto* method = rpc::FindMethod(state.method);
  for (size_t begin = 0; begin < names.size(); begin += kTicketsOfCall) {
    const std::unique_ptr<Message> request(state.request->New());
    request->CopyFrom(*state.request);
    request->GetReflection()->ClearField(request.get(), NamesField(*request));
    for (size_t i = begin; i < std::min(names.size(), begin + kTicketsOfCall); ++i)
      request->GetReflection()->AddString(request.get(), NamesField(*request), names[i]);
    FillRequestId(*request);
    ASSIGN_OR_RETURN(const rpc::Reply reply, CallOnce(client, "/" + state.method, *request, state.flags.timeout));
    const auto response = rpc::NewMessage(method->output_type());
    if (!response->ParseFromString(reply.message))
      return absl::InternalError("The answer is not of this version of Dangol.");
    const FieldDescriptor* field = method->output_type()->FindFieldByName("results");
    for (int i = 0; i < response->GetReflection()->FieldSize(*response, field); ++i) {
      results.push_back(
          static_cast<const TicketResult&>(response->GetReflection()->GetRepeatedMessage(*response, field, i)));
    }
  }
  return absl::OkStatus();
}

std::string Summary(const std::vector<TicketResult>& results) {
  std::map<std::string, int64_t> skipped;
  int64_t done = 0;
  for (const TicketResult& result : results) {
    result.skip_reason().empty() ? ++done : ++skipped[result.skip_reason()];
  }
  std::string text = fmt::format("{} done", ShownCount(done));
  for (const auto& [reason, count] : skipped) text += fmt::format(", {} skipped: {}", ShownCount(count), reason);
  return text + "\n";
}

// Nothing of it was left undone.
bool IsDone(const std::vector<TicketResult>& results) {
  return std::ranges::all_of(results, [](const TicketResult& result) { return result.skip_reason().empty(); });
}

int Run(const State& state) {
  const std::vector<std::string> names = NamesOf(*state.request);
  if (names.empty()) return Fail(state.command, absl::InvalidArgumentError("No ticket is named."));
  Client client(TargetAddress(state.flags.suite, "tickets"));
  std::vector<TicketResult> results;
  const absl::Status sent = Send(state, client, names, results);
  std::string text;
  for (const TicketResult& result : results) text += ToJson(result, JsonStyle::kCompact) + "\n";
  if (!results.empty() && !Print(state.flags.format == Format::kJson ? text : Summary(results))) return 1;
  if (!sent.ok()) return Fail(state.command, sent, state.names);
  return IsDone(results) ? 0 : 1;
}

}  // namespace

Command ManyVerb(CLI::App& parent, std::string_view name, const std::string& method, const std::string& description) {
  CLI::App* app = parent.add_subcommand(std::string(name), description);
  const auto state = std::make_shared<State>();
  state->command = fmt::format("{} {}", parent.get_name(), name);
  state->method = method;
  state->request = rpc::NewMessage(rpc::FindMethod(method)->input_type());
  AddVerbFlags(*app, state->flags);
  state->names = AddRequestFlags(*app, *state->request);
  app->get_option("--names")->type_name("")->description("One or many, each once; none: standard input says which");
  app->footer(
      fmt::format("Without TICKETS they are read from standard input, a name a line or as a list prints them:\n"
                  "  dangol ticket list --label old --all -o json | dangol ticket {} …\n"
                  "A thousand go in one call. What its state forbids is skipped and said; the others go through.\n"
                  "Exit code 1 where one was skipped.",
                  name));
  return {app, [state] { return Run(*state); }};
}

}  // namespace dangol::cli
