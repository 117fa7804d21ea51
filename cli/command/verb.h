// The verbs of a resource, such as `dangol ticket resolve`: each is a method of the API, with flags for what its
// request holds.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/message.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/output/output.h"

namespace dangol::cli {

struct Verb {
  std::string_view name;  // on the command line
  std::string method;     // `dangol.tickets.v1.TicketService/GetTicket`
  std::string_view description;
  bool details = false;  // all of one resource, not a row of it
  // Fields of the request that are always so, as text proto: they have no flag.
  std::string preset = "";
  // What an error of the service is to be followed by, such as a command that would do.
  std::function<std::string(Client& client, const google::protobuf::Message& request, const absl::Status& error)>
      advice = nullptr;
  // Flags for what no flag of a field can say: lists of messages. `request` lives as long as the command.
  std::function<void(CLI::App& app, google::protobuf::Message& request)> add_flags = nullptr;
};

// What the flags of every verb say.
struct VerbFlags {
  SuiteFlags suite;
  Format format = Format::kTable;
  absl::Duration timeout = absl::Seconds(30);
};
void AddVerbFlags(CLI::App& app, VerbFlags& flags);

// A verb of `parent`, and what runs it. `command` is what its errors begin with.
Command AddVerb(CLI::App& parent, const Verb& verb);

// The same for a list, with --all.
Command AddListVerb(CLI::App& parent, const Verb& verb);

// Reads a list, by a path such as `/dangol.api.v1.AdminService/ListAuditEntries`, page by page into `response`, until
// `each` returns an error or the last page has come.
absl::Status EachPage(Client& client, const std::string& path, google::protobuf::Message& request,
                      absl::Duration timeout, google::protobuf::Message& response,
                      const std::function<absl::Status(bool more)>& each);

// A command with verbs.
Command VerbsCommand(CLI::App* app, std::vector<Command> verbs);

}  // namespace dangol::cli
