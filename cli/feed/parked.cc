#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/names.h"
#include "cli/output/output.h"
#include "common/base/error.h"
#include "common/base/json.h"
#include "dangol/api/v1/admin_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::api::v1::DropParkedEventRequest;
using dangol::api::v1::ListParkedEventsRequest;
using dangol::api::v1::ListParkedEventsResponse;
using dangol::api::v1::ParkedEvent;
using dangol::api::v1::RetryParkedEventRequest;

constexpr std::string_view kAdmin = "/dangol.api.v1.AdminService/";

struct Flags {
  VerbFlags verb;
  bool settled = false;
  std::string service;
  std::string event;
};

// One event, and the service that could not apply it.
struct Parked {
  Target target;
  ParkedEvent event;
};

const std::vector<Column<Parked>>& Columns() {
  static const auto& columns = *new std::vector<Column<Parked>>{
      {{"SERVICE"},
       [](const Parked& p) { return Cell{p.target.service.empty() ? p.target.address : p.target.service}; }},
      {{"EVENT"}, [](const Parked& p) { return Cell{IdOf(p.event.name())}; }},
      {{"KIND"}, [](const Parked& p) { return Cell{p.event.kind().empty() ? "?" : p.event.kind()}; }},
      {{"STATE"},
       [](const Parked& p) {
         const bool waits = p.event.state() == ParkedEvent::PARKED;
         return Cell{ParkedEvent::State_Name(p.event.state()), waits ? Colour::kBad : Colour::kGood};
       }},
      {{TimeHead("PARKED"), Fit::kWholeIfRoom}, [](const Parked& p) { return Cell{ShownTime(p.event.park_time())}; }},
      {{"WHY", Fit::kText},
       [](const Parked& p) {
         return Cell{p.event.reason().empty() ? "it comes after another of the same resource" : p.event.reason()};
       }},
  };
  return columns;
}

absl::Status ListAt(const Target& target, const Flags& flags, std::vector<Parked>& parked, std::string& json) {
  Client client(target.address);
  ListParkedEventsRequest request;
  request.set_show_settled(flags.settled);
  request.set_page_size(1000);
  do {
    const rpc::Reply reply = client.Start(std::string(kAdmin) + "ListParkedEvents", request, flags.verb.timeout).get();
    if (!reply.status.ok()) return reply.status;
    ListParkedEventsResponse response;
    if (!response.ParseFromString(reply.message)) return absl::InternalError("The answer cannot be read.");
    for (const ParkedEvent& event : response.parked_events()) {
      parked.push_back({target, event});
      json += ToJson(event, JsonStyle::kComplete) + "\n";
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

int List(const Flags& flags) {
  std::vector<Parked> parked;
  std::string json;
  int code = 0;
  for (const Target& target : Targets(flags.verb.suite)) {
    if (const absl::Status status = ListAt(target, flags, parked, json); !status.ok())
      code = Fail("parked list", status);
  }
  return Print(flags.verb.format == Format::kJson ? json : TableOf(Columns(), parked)) ? code : 1;
}

template <typename Request>
int Settle(const Flags& flags, std::string_view verb, std::string_view method) {
  const std::string command = fmt::format("parked {}", verb);
  if (FindService(flags.service) == nullptr) {
    return Fail(command,
                InvalidField("SERVICE", fmt::format("{} is no service of the suite; `dangol parked list` names them.",
                                                    ShownValue(flags.service))));
  }
  Request request;
  request.set_name(FullName(flags.event, "parkedEvents/*"));
  FillRequestId(request);
  Client client(TargetAddress(flags.verb.suite, flags.service));
  const rpc::Reply reply = client.Start(std::string(kAdmin) + std::string(method), request, flags.verb.timeout).get();
  if (!reply.status.ok()) return Fail(command, reply.status);
  ParkedEvent event;
  if (!event.ParseFromString(reply.message)) return Fail(command, absl::InternalError("The answer cannot be read."));
  if (flags.verb.format == Format::kJson) return Print(ToJson(event, JsonStyle::kComplete) + "\n") ? 0 : 1;
  return Print(fmt::format("{} is {}.\n", event.name(), ParkedEvent::State_Name(event.state()))) ? 0 : 1;
}

Command SettleVerb(CLI::App& parent, const std::string& name, const std::string& description,
                   int (*run)(const Flags&)) {
  CLI::App* app = parent.add_subcommand(name, description);
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(*app, flags->verb);
  app->add_option("SERVICE", flags->service, "The one that could not apply it, such as backlog")->required();
  app->add_option("EVENT", flags->event, "Such as tickets-0b1c2d3e-17")->required();
  return {app, [flags, run] { return run(*flags); }};
}

}  // namespace

Command ParkedCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("parked", "List, retry or drop events that a service could not apply");
  std::vector<Command> verbs;
  CLI::App* list = app->add_subcommand("list", "List all that wait, in the order in which they were parked");
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(*list, flags->verb);
  list->add_flag("--settled", flags->settled, "Also those that were applied or dropped since");
  verbs.push_back({list, [flags] { return List(*flags); }});
  verbs.push_back(SettleVerb(
      *app, "retry", "Apply one after all, and those that wait only for it",
      [](const Flags& given) { return Settle<RetryParkedEventRequest>(given, "retry", "RetryParkedEvent"); }));
  verbs.push_back(SettleVerb(*app, "drop", "Give one up: it will never be applied", [](const Flags& given) {
    return Settle<DropParkedEventRequest>(given, "drop", "DropParkedEvent");
  }));
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
