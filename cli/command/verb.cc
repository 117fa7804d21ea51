#include "cli/command/verb.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "google/protobuf/text_format.h"

#include "cli/command/request_flags.h"
#include "cli/output/columns.h"
#include "cli/output/details.h"
#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "common/rpc/methods.h"

namespace dangol::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// `tickets` of dangol.tickets.v1.
std::string ServiceOf(std::string_view method) {
  const size_t begin = method.find('.') + 1;
  return std::string(method.substr(begin, method.find('.', begin) - begin));
}

// The field with the resources of a page or of a batch; null for an answer that is a resource.
const FieldDescriptor* ResourcesField(const google::protobuf::Descriptor* response) {
  const FieldDescriptor* first = response->field(0);
  return first->is_repeated() && first->message_type() != nullptr ? first : nullptr;
}

std::vector<const Message*> Resources(const Message& response) {
  const FieldDescriptor* field = ResourcesField(response.GetDescriptor());
  if (field == nullptr) return {&response};
  std::vector<const Message*> resources;
  const auto* reflection = response.GetReflection();
  for (int i = 0; i < reflection->FieldSize(response, field); ++i)
    resources.push_back(&reflection->GetRepeatedMessage(response, field, i));
  return resources;
}

std::string TextField(const Message& message, std::string_view name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(std::string(name));
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

// Writes resources as they come, and the header of their table once.
class Writer {
 public:
  Writer(Format format, bool details) : format_(format), details_(details) {}

  bool Write(const std::vector<const Message*>& resources) {
    if (resources.empty()) return true;
    std::string text;
    if (format_ == Format::kJson) {
      for (const Message* resource : resources) text += ToJson(*resource, JsonStyle::kCompact) + "\n";
    } else if (details_) {
      for (const Message* resource : resources) text += Details(*resource);
    } else {
      text = Rows(resources);
    }
    return Print(text);
  }

 private:
  std::string Rows(const std::vector<const Message*>& resources) {
    const auto& columns = ColumnsOf(resources.front()->GetDescriptor());
    if (!table_) {
      std::vector<Head> heads;
      for (const auto& column : columns) heads.push_back(column.head);
      table_.emplace(std::move(heads));
    }
    std::vector<std::vector<Cell>> rows;
    for (const Message* resource : resources) {
      rows.emplace_back();
      for (const auto& column : columns) rows.back().push_back(column.cell(*resource));
    }
    return table_->Rows(rows);
  }

  const Format format_;
  const bool details_;
  std::optional<Table> table_;
};

// One verb with what its flags said.
struct State {
  std::string command;
  const MethodDescriptor* method = nullptr;
  VerbFlags flags;
  std::unique_ptr<Message> request;
  FlagNames names;
  Verb verb;
  bool all = false;
};

int RunCall(const State& state) {
  FillRequestId(*state.request);
  Client client(TargetAddress(state.flags.suite, ServiceOf(state.method->full_name())));
  const std::string path = fmt::format("/{}/{}", state.method->service()->full_name(), state.method->name());
  const auto reply = CallOnce(client, path, *state.request, state.flags.timeout);
  if (!reply.ok()) {
    Fail(state.command, reply.status(), state.names);
    if (state.verb.advice) PrintError(state.verb.advice(client, *state.request, reply.status()));
    return 1;
  }
  const auto response = rpc::NewMessage(state.method->output_type());
  if (!response->ParseFromString(reply->message)) {
    return Fail(state.command, absl::InternalError("The answer is not of this version of Dangol."));
  }
  return Writer(state.flags.format, state.verb.details).Write(Resources(*response)) ? 0 : 1;
}

// As many as a page has by default, or half of them where it ended early.
constexpr int64_t kShownMin = 25;

int RunList(const State& state) {
  Client client(TargetAddress(state.flags.suite, ServiceOf(state.method->full_name())));
  const std::string method = fmt::format("/{}/{}", state.method->service()->full_name(), state.method->name());
  const auto response = rpc::NewMessage(state.method->output_type());
  // As large as pages are where many are wanted.
  constexpr int kPageSize = 1000;
  const FieldDescriptor* page_size = state.request->GetDescriptor()->FindFieldByName("page_size");
  if (state.all) state.request->GetReflection()->SetInt32(state.request.get(), page_size, kPageSize);
  Writer writer(state.flags.format, false);
  int64_t shown = 0;
  bool more_behind = false;
  const absl::Status status =
      EachPage(client, method, *state.request, state.flags.timeout, *response, [&](bool more) -> absl::Status {
        const std::vector<const Message*> resources = Resources(*response);
        if (!writer.Write(resources)) return absl::CancelledError();
        shown += static_cast<int64_t>(resources.size());
        // A page may hold few or none where the service looks for what no index knows.
        more_behind = more && !state.all && shown >= kShownMin;
        return more_behind ? absl::CancelledError() : absl::OkStatus();
      });
  if (more_behind) {
    PrintError(fmt::format("dangol {}: there are more behind these {}; --all shows them.\n", state.command, shown));
    return 0;
  }
  if (absl::IsCancelled(status)) return 1;
  if (!status.ok()) return Fail(state.command, status, state.names);
  if (shown == 0 && state.flags.format == Format::kTable)
    PrintError(fmt::format("dangol {}: there is none.\n", state.command));
  return 0;
}

std::shared_ptr<State> NewState(CLI::App& parent, CLI::App& app, const Verb& verb) {
  auto state = std::make_shared<State>();
  state->command = fmt::format("{} {}", parent.get_name(), verb.name);
  state->method = rpc::FindMethod(verb.method);
  state->verb = verb;
  state->request = rpc::NewMessage(state->method->input_type());
  google::protobuf::TextFormat::ParseFromString(verb.preset, state->request.get());
  AddVerbFlags(app, state->flags);
  state->names = AddRequestFlags(app, *state->request);
  if (verb.add_flags) verb.add_flags(app, *state->request);
  return state;
}

}  // namespace

void AddVerbFlags(CLI::App& app, VerbFlags& flags) {
  AddUtcFlag(app);
  AddSuiteFlags(app, flags.suite);
  AddFormatFlag(app, flags.format);
  AddTimeoutFlag(app, flags.timeout);
}

Command AddVerb(CLI::App& parent, const Verb& verb) {
  CLI::App* app = parent.add_subcommand(std::string(verb.name), std::string(verb.description));
  const auto state = NewState(parent, *app, verb);
  return {app, [state] { return RunCall(*state); }};
}

Command AddListVerb(CLI::App& parent, const Verb& verb) {
  CLI::App* app = parent.add_subcommand(std::string(verb.name), std::string(verb.description));
  const auto state = NewState(parent, *app, verb);
  app->add_flag("--all", state->all, "All pages, not only the first");
  return {app, [state] { return RunList(*state); }};
}

// A page that takes longer to read than a snapshot may be held is asked for again, of half the size.
absl::StatusOr<rpc::Reply> CallForPage(Client& client, const std::string& path, Message& request,
                                       absl::Duration timeout) {
  constexpr int32_t kPageSizeDefault = 50;
  const FieldDescriptor* size_field = request.GetDescriptor()->FindFieldByName("page_size");
  while (true) {
    absl::StatusOr<rpc::Reply> reply = CallOnce(client, path, request, timeout);
    const int32_t size = request.GetReflection()->GetInt32(request, size_field);
    if (ErrorReason(reply.status()) != "READ_TOO_LONG" || size == 1) return reply;
    request.GetReflection()->SetInt32(&request, size_field, (size == 0 ? kPageSizeDefault : size) / 2);
    absl::SleepFor(RetryDelay(reply.status()));
  }
}

absl::Status EachPage(Client& client, const std::string& path, Message& request, absl::Duration timeout,
                      Message& response, const std::function<absl::Status(bool more)>& each) {
  const FieldDescriptor* token_field = request.GetDescriptor()->FindFieldByName("page_token");
  while (true) {
    ASSIGN_OR_RETURN(const rpc::Reply reply, CallForPage(client, path, request, timeout));
    if (!response.ParseFromString(reply.message)) {
      return absl::InternalError("The answer cannot be read: it is not of this version of Dangol.");
    }
    const std::string token = TextField(response, "next_page_token");
    RETURN_IF_ERROR(each(!token.empty()));
    if (token.empty()) return absl::OkStatus();
    request.GetReflection()->SetString(&request, token_field, token);
  }
}

Command VerbsCommand(CLI::App* app, std::vector<Command> verbs) {
  app->require_subcommand(1);
  const auto prints = [](const Command& verb) { return verb.app->get_option_no_throw("--output") != nullptr; };
  if (std::ranges::any_of(verbs, prints)) {
    app->footer(
        "Names may be given without their collection: t1 for tickets/t1. -o json prints an object a line, with times "
        "in UTC. A table\n"
        "is as wide as the terminal: what does not fit is cut (…) or left out; into a file or a pipe goes all of it.");
  }
  return {app, [verbs = std::move(verbs)] {
            for (const Command& verb : verbs) {
              if (verb.app->parsed()) return verb.run();
            }
            return 2;
          }};
}

}  // namespace dangol::cli
