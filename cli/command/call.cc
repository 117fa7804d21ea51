#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/message.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/methods.h"
#include "cli/output/output.h"
#include "cli/suite/suite.h"
#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "common/rpc/method_table.h"
#include "common/rpc/methods.h"

namespace dangol::cli {
namespace {

using google::protobuf::MethodDescriptor;

// More than any method takes.
constexpr size_t kInputBytesMax = 64 << 20;
constexpr absl::Duration kUnaryTimeout = absl::Seconds(30);

struct Flags {
  SuiteFlags suite;
  std::string service;
  std::string method;
  std::string json = "{}";
  absl::Duration timeout = absl::ZeroDuration();  // zero: not given
  std::vector<std::string> metadata;
  int64_t messages_max = 0;  // 0: all
  bool list = false;
  bool verbose = false;
};

absl::StatusOr<const MethodDescriptor*> ChosenMethod(const std::string& name) {
  const MethodDescriptor* method = rpc::FindMethod(name);
  if (method == nullptr) {
    std::string message = fmt::format("There is no method {}.", ShownValue(name));
    const std::vector<std::string> similar = SimilarMethods(name);
    for (size_t i = 0; i < similar.size(); ++i)
      message += fmt::format("{}\n  {}", i == 0 ? " Did you mean:" : "", similar[i]);
    if (similar.empty()) message += " `dangol call --list` names them all.";
    return Error(absl::StatusCode::kNotFound, "UNKNOWN_METHOD", message);
  }
  if (method->client_streaming()) {
    return Error(absl::StatusCode::kUnimplemented, "CLIENT_STREAMING",
                 fmt::format("{} takes a stream of requests, which `dangol call` cannot send.", name));
  }
  return method;
}

// From the package: dangol.tickets.v1 is at the service `tickets`. What every service has says nothing of which one is
// meant.
absl::StatusOr<std::string> ChosenAddress(const Flags& flags, const MethodDescriptor& method) {
  if (!flags.suite.address.empty()) return flags.suite.address;
  std::string name = flags.service;
  if (name.empty()) {
    const std::string& package = method.file()->package();
    const size_t begin = package.find('.') + 1;
    name = package.substr(begin, package.find('.', begin) - begin);
  }
  if (const service::Definition* definition = FindService(name)) return TargetOf(flags.suite, *definition).address;
  std::string known;
  for (const service::Definition* definition : Suite()) known += fmt::format(" --service {}", definition->name);
  if (!flags.service.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "UNKNOWN_SERVICE",
                 fmt::format("There is no service {}. There is{}.", ShownValue(name), known));
  }
  return Error(absl::StatusCode::kInvalidArgument, "SERVICE_NOT_CHOSEN",
               fmt::format("Every service has {}. Say which one is meant with{}, or --address TARGET.",
                           method.service()->full_name(), known));
}

absl::StatusOr<rpc::Metadata> ParsedMetadata(const std::vector<std::string>& entries) {
  rpc::Metadata metadata;
  for (const std::string& entry : entries) {
    const size_t equals = entry.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error(absl::StatusCode::kInvalidArgument, "METADATA_INVALID",
                   fmt::format("--metadata {} is not KEY=VALUE.", ShownValue(entry)));
    }
    metadata.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return metadata;
}

absl::StatusOr<std::string> StandardInput() {
  std::string text;
  char buffer[64 << 10];
  size_t count = 0;
  while ((count = std::fread(buffer, 1, sizeof(buffer), stdin)) > 0) {
    text.append(buffer, count);
    if (text.size() > kInputBytesMax) {
      return Error(absl::StatusCode::kInvalidArgument, "INPUT_TOO_LARGE",
                   fmt::format("Standard input has more than {} MiB. Send less at a time.", kInputBytesMax >> 20));
    }
  }
  if (std::ferror(stdin) != 0) {
    return Error(absl::StatusCode::kUnavailable, "INPUT_UNREADABLE", "Standard input cannot be read.");
  }
  return text;
}

absl::StatusOr<std::string> JsonOf(const google::protobuf::Descriptor* type, const std::string& bytes,
                                   JsonStyle style) {
  const auto message = rpc::NewMessage(type);
  if (!message->ParseFromString(bytes)) {
    return Error(
        absl::StatusCode::kInternal, "ANSWER_UNREADABLE",
        fmt::format("The answer is not a {}: server and command are not of the same version.", type->full_name()));
  }
  return ToJson(*message, style) + "\n";
}

// What has been printed fails only where standard output does, which Print has said.
absl::Status PrintedOr(bool printed) { return printed ? absl::OkStatus() : absl::CancelledError(); }

// One call with all that it takes.
struct Call {
  const MethodDescriptor* method = nullptr;
  std::string path;
  std::string address;
  rpc::Metadata metadata;
  std::unique_ptr<google::protobuf::Message> request;
};

absl::StatusOr<Call> Prepare(const Flags& flags) {
  Call call;
  ASSIGN_OR_RETURN(call.method, ChosenMethod(flags.method));
  call.path = fmt::format("/{}/{}", call.method->service()->full_name(), call.method->name());
  ASSIGN_OR_RETURN(call.address, ChosenAddress(flags, *call.method));
  ASSIGN_OR_RETURN(call.metadata, ParsedMetadata(flags.metadata));
  std::string json = flags.json;
  if (json == "-") {
    ASSIGN_OR_RETURN(json, StandardInput());
  }
  call.request = rpc::NewMessage(call.method->input_type());
  RETURN_IF_ERROR(FromJson(json, *call.request));
  return call;
}

absl::Status Unary(const Flags& flags, Call call) {
  Client client(call.address);
  const absl::Duration timeout = flags.timeout > absl::ZeroDuration() ? flags.timeout : kUnaryTimeout;
  const rpc::Reply reply = client.Start(call.path, *call.request, timeout, std::move(call.metadata)).get();
  if (flags.verbose) {
    for (const auto& [key, value] : reply.trailing) PrintError(fmt::format("{}: {}\n", key, value));
  }
  RETURN_IF_ERROR(reply.status);
  ASSIGN_OR_RETURN(const std::string json, JsonOf(call.method->output_type(), reply.message, JsonStyle::kPretty));
  return PrintedOr(Print(json));
}

absl::Status Stream(const Flags& flags, Call call) {
  Client client(call.address);
  const absl::Duration timeout = flags.timeout > absl::ZeroDuration() ? flags.timeout : absl::InfiniteDuration();
  int64_t messages = 0;
  absl::Status wrong;
  const absl::Status end =
      client.Stream(call.path, *call.request, timeout, std::move(call.metadata), [&](const std::string& message) {
        const auto json = JsonOf(call.method->output_type(), message, JsonStyle::kCompact);
        wrong = json.ok() ? PrintedOr(Print(*json)) : json.status();
        return wrong.ok() && ++messages != flags.messages_max;
      });
  return wrong.ok() ? end : wrong;
}

int Run(const Flags& flags) {
  if (flags.list) {
    std::string names;
    for (const std::string& name : MethodNames()) names += name + "\n";
    return Print(names) ? 0 : 1;
  }
  if (flags.method.empty()) {
    PrintError("dangol call: name a METHOD, or ask for them with --list (see `dangol call --help`)\n");
    return 2;
  }
  absl::StatusOr<Call> call = Prepare(flags);
  if (!call.ok()) return Fail("call", call.status());
  const bool streams = call->method->server_streaming();
  const absl::Status status = streams ? Stream(flags, *std::move(call)) : Unary(flags, *std::move(call));
  if (status.ok()) return 0;
  return absl::IsCancelled(status) && status.message().empty() ? 1 : Fail("call", status);
}

}  // namespace

Command CallCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("call", "Call any method, with JSON in and out");
  const auto flags = std::make_shared<Flags>();
  app->add_option("METHOD", flags->method, "PACKAGE.SERVICE/METHOD; --list names them all")->type_name("");
  app->add_option("JSON", flags->json, "The request as proto JSON; - reads it from standard input; without it {}")
      ->type_name("");
  AddSuiteFlags(*app, flags->suite);
  app->add_option("--service", flags->service, "Which service, for what all of them have, such as AdminService")
      ->type_name("NAME");
  AddTimeoutFlag(*app, flags->timeout);
  app->add_option("--metadata", flags->metadata, "Sent with the call; may be given several times")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app->add_option("--max", flags->messages_max, "Of a stream: ends after N messages")
      ->type_name("N")
      ->check(CLI::PositiveNumber.description(""));
  app->add_flag("--list", flags->list, "Names all methods");
  app->add_flag("--verbose", flags->verbose, "Also the trailing metadata, such as x-dangol-cursor, to standard error");
  app->footer(
      "Examples:\n"
      "  dangol call dangol.tickets.v1.TicketService/CreateTicket '{\"ticket\":{\"subject\":\"The parcel came "
      "late\"}}'\n"
      "  dangol call dangol.tickets.v1.TicketService/ListTickets '{\"pageSize\":10}'\n"
      "  dangol call dangol.tickets.v1.TicketFeed/StreamEvents --max 1\n"
      "  dangol call dangol.api.v1.AdminService/GetStatus --service tickets\n"
      "A stream is printed as an object a line, as it comes, until Ctrl-C. Without --timeout a stream waits for ever,\n"
      "another call 30 s.");
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
