#include <algorithm>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "fmt/format.h"

#include "cli/audit/send.h"
#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "cli/output/print.h"
#include "cli/output/table.h"
#include "cli/output/times.h"
#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/rpc/audit_entry.h"
#include "common/storage/audit_log.h"
#include "dangol/api/v1/audit.pb.h"

namespace dangol::cli {
namespace {

using dangol::api::v1::AuditEntry;
using dangol::api::v1::ListAuditEntriesRequest;
using dangol::api::v1::ListAuditEntriesResponse;
using storage::AuditChain;

constexpr char kListAuditEntries[] = "/dangol.api.v1.AdminService/ListAuditEntries";
constexpr int kPageSize = 1000;

struct Flags {
  VerbFlags verb;
  ListAuditEntriesRequest request;
  std::string service;
  std::string file;
  bool all = false;
};

// One entry, and the service that has it.
struct Listed {
  std::string service;
  AuditEntry entry;
};

std::string MethodName(const AuditEntry& entry) { return entry.method().substr(entry.method().rfind('/') + 1); }

std::string Outcome(const AuditEntry& entry) {
  return entry.denied_calls() > 1 ? fmt::format("{} × {}", entry.denial(), entry.denied_calls()) : entry.denial();
}

std::string ShownResources(const AuditEntry& entry) {
  std::string text = absl::StrJoin(entry.resources(), " ");
  const int64_t others = entry.resource_count() - entry.resources_size();
  return others > 0 ? fmt::format("{} and {} more", text, others) : text;
}

const std::vector<Column<Listed>>& Columns() {
  static const auto& columns = *new std::vector<Column<Listed>>{
      {{TimeHead("TIME")}, [](const Listed& one) { return Cell{ShownTime(one.entry.time())}; }},
      {{"SERVICE", Fit::kWholeIfRoom},
       [](const Listed& one) { return Cell{fmt::format("{} {}", one.service, one.entry.number())}; }},
      {{"WHO"}, [](const Listed& one) { return Cell{one.entry.principal().empty() ? "-" : one.entry.principal()}; }},
      {{"WHAT"}, [](const Listed& one) { return Cell{MethodName(one.entry)}; }},
      {{"DENIED"},
       [](const Listed& one) {
         return one.entry.denial().empty() ? Cell{"-"} : Cell{Outcome(one.entry), Colour::kBad};
       }},
      {{"RESOURCES", Fit::kText}, [](const Listed& one) { return Cell{ShownResources(one.entry)}; }},
      {{"FIELDS", Fit::kTextIfRoom}, [](const Listed& one) { return Cell{absl::StrJoin(one.entry.fields(), " ")}; }},
  };
  return columns;
}

// The service that --service names, or all.
absl::StatusOr<std::vector<Target>> TargetsOf(const Flags& flags) {
  if (flags.service.empty()) return Targets(flags.verb.suite);
  if (FindService(flags.service) == nullptr) {
    return InvalidField("SERVICE", fmt::format("{} is no service of the suite; `dangol status` names them.",
                                               ShownValue(flags.service)));
  }
  return std::vector<Target>{{flags.service, TargetAddress(flags.verb.suite, flags.service)}};
}

std::string NameOf(const Target& target) { return target.service.empty() ? target.address : target.service; }

// Until `each` says false: that was enough.
absl::Status EachEntry(const Target& target, ListAuditEntriesRequest request, absl::Duration timeout,
                       const std::function<bool(const AuditEntry&)>& each) {
  Client client(target.address);
  ListAuditEntriesResponse response;
  if (request.page_size() == 0) request.set_page_size(kPageSize);
  const absl::Status status = EachPage(client, kListAuditEntries, request, timeout, response, [&](bool) {
    const bool enough = !std::ranges::all_of(response.audit_entries(), each);
    return enough ? absl::CancelledError() : absl::OkStatus();
  });
  return absl::IsCancelled(status) ? absl::OkStatus() : status;
}

int List(const Flags& flags) {
  // As many of each service as a page has by default.
  constexpr size_t kShownMost = 50;
  const absl::StatusOr<std::vector<Target>> targets = TargetsOf(flags);
  if (!targets.ok()) return Fail("audit list", targets.status());
  std::vector<Listed> found;
  int code = 0;
  bool more = false;
  bool answered = false;
  std::vector<std::pair<std::string, absl::Status>> refusals;
  for (const Target& target : *targets) {
    size_t of_this = 0;
    const absl::Status status = EachEntry(target, flags.request, flags.verb.timeout, [&](const AuditEntry& entry) {
      more = more || (!flags.all && of_this == kShownMost);
      if (!flags.all && of_this++ == kShownMost) return false;
      found.push_back({NameOf(target), entry});
      return true;
    });
    answered = answered || status.ok();
    const std::string command = fmt::format("audit list ({})", NameOf(target));
    if (ErrorReason(status) == "PERMISSION_DENIED") {
      refusals.emplace_back(command, status);
    } else if (!status.ok()) {
      code = Fail(command, status);
    }
  }
  // Who may see the history of a resource is said by the service that has it; the others refuse whoever may not see
  // all.
  if (flags.request.resource().empty() || !answered) {
    for (const auto& [command, status] : refusals) code = Fail(command, status);
  }
  std::ranges::stable_sort(found, [&](const Listed& a, const Listed& b) {
    const absl::Time first = FromProtoTime(a.entry.time());
    const absl::Time second = FromProtoTime(b.entry.time());
    return flags.request.oldest_first() ? first < second : first > second;
  });
  std::string json;
  for (const Listed& one : found) json += ToJson(one.entry, JsonStyle::kCompact) + "\n";
  if (!Print(flags.verb.format == Format::kJson ? json : TableOf(Columns(), found))) return 1;
  if (more)
    PrintError(fmt::format("dangol audit list: there are more behind these {}; --all shows them.\n", found.size()));
  return code;
}

int Export(const Flags& flags) {
  const absl::StatusOr<std::vector<Target>> targets = TargetsOf(flags);
  if (!targets.ok()) return Fail("audit export", targets.status());
  ListAuditEntriesRequest request;
  request.set_oldest_first(true);
  bool printed = true;
  const absl::Status status = EachEntry(targets->front(), request, flags.verb.timeout, [&](const AuditEntry& entry) {
    return printed = Print(ToJson(entry, JsonStyle::kCompact) + "\n");
  });
  if (!status.ok()) return Fail("audit export", status);
  return printed ? 0 : 1;
}

// What is wrong with entries that come in their order; up to some dozens of it are told.
class Verification {
 public:
  explicit Verification(std::string name) : name_(std::move(name)) {}

  void Take(const AuditEntry& entry) {
    ++entries_;
    Wrong(chain_.Next(rpc::ToRow(entry)));
  }
  void Wrong(const std::string& what) {
    if (what.empty()) return;
    constexpr int kToldMost = 20;
    if (++wrong_ <= kToldMost) PrintError(fmt::format("{}: {}\n", name_, what));
  }
  int64_t entries() const { return entries_; }
  const storage::AuditHead& last() const { return chain_.previous(); }

  // 0: all holds.
  int Tell() const {
    const std::string end = entries_ == 0 ? "" : fmt::format(", the last with the hash {}", EncodeHex(last().hash));
    const std::string verdict =
        wrong_ == 0 ? (entries_ == 1 ? "holds" : "hold") : fmt::format("do not hold, in {} places", wrong_);
    const std::string_view noun = entries_ == 1 ? "entry" : "entries";
    return Print(fmt::format("{}: {} {} {}{}\n", name_, entries_, noun, verdict, end)) && wrong_ == 0 ? 0 : 1;
  }

 private:
  const std::string name_;
  AuditChain chain_;
  int64_t entries_ = 0;
  int64_t wrong_ = 0;
};

absl::StatusOr<Verification> VerifyFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) return InvalidField("--file", fmt::format("{} cannot be read.", ShownValue(path)));
  Verification verification(path);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    AuditEntry entry;
    if (absl::Status status = FromJson(line, entry); !status.ok()) {
      return InvalidField("--file", fmt::format("line {} of {} is no entry of an audit log: {}", number,
                                                ShownValue(path), std::string(status.message())));
    }
    verification.Take(entry);
  }
  // Who has the log made anew has nothing to fear of an empty one.
  if (verification.entries() == 0) {
    return InvalidField("--file", fmt::format("{} has no entry of an audit log. `dangol audit export SERVICE` writes "
                                              "one; give the file that was kept.",
                                              ShownValue(path)));
  }
  return verification;
}

// The log of one service; `kept`: an entry that it had once, and has to have still.
absl::StatusOr<Verification> VerifyService(const Target& target, absl::Duration timeout,
                                           const std::optional<storage::AuditHead>& kept) {
  Verification verification(NameOf(target));
  ListAuditEntriesRequest request;
  request.set_oldest_first(true);
  bool has_kept = !kept;
  RETURN_IF_ERROR(EachEntry(target, request, timeout, [&](const AuditEntry& entry) {
    verification.Take(entry);
    has_kept = has_kept || (entry.number() == kept->number && entry.hash() == kept->hash);
    return true;
  }));
  if (!has_kept) verification.Wrong(fmt::format("entry {} of the file is not there, or is another one", kept->number));
  return verification;
}

int Verify(const Flags& flags) {
  std::optional<storage::AuditHead> kept;
  int code = 0;
  if (!flags.file.empty()) {
    const absl::StatusOr<Verification> file = VerifyFile(flags.file);
    if (!file.ok()) return Fail("audit verify", file.status());
    code = file->Tell();
    if (flags.service.empty()) return code;
    kept = file->last();
  }
  const absl::StatusOr<std::vector<Target>> targets = TargetsOf(flags);
  if (!targets.ok()) return Fail("audit verify", targets.status());
  for (const Target& target : *targets) {
    const absl::StatusOr<Verification> service = VerifyService(target, flags.verb.timeout, kept);
    const int one =
        service.ok() ? service->Tell() : Fail(fmt::format("audit verify ({})", NameOf(target)), service.status());
    code = std::max(code, one);
  }
  return code;
}

Command AuditVerb(CLI::App& parent, const std::string& name, const std::string& description, int (*run)(const Flags&),
                  const std::function<void(CLI::App&, Flags&)>& add_flags) {
  CLI::App* app = parent.add_subcommand(name, description);
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(*app, flags->verb);
  add_flags(*app, *flags);
  return {app, [flags, run] { return run(*flags); }};
}

}  // namespace

Command AuditCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("audit", "Show who did what, and check that nobody has changed that since");
  std::vector<Command> verbs;
  verbs.push_back(AuditVerb(*app, "list", "List who did what, and what was denied to whom, the newest first", List,
                            [](CLI::App& list, Flags& flags) {
                              AddRequestFlags(list, flags.request);
                              list.add_option("--service", flags.service, "Of this service alone, such as tickets");
                              list.add_flag("--all", flags.all, "All of them, not only the first");
                            }));
  verbs.push_back(AuditVerb(*app, "verify",
                            "Check that no entry was changed, taken out or moved, by the hashes of the entries", Verify,
                            [](CLI::App& verify, Flags& flags) {
                              verify.add_option("--service", flags.service, "Of this service alone, such as tickets");
                              verify.add_option("--file", flags.file,
                                                "Of a file that `dangol audit export` wrote; with --service, also that "
                                                "the service still has what stands in it");
                            }));
  verbs.push_back(AuditVerb(*app, "export",
                            "Write the whole log of a service as JSON, an entry a line, the oldest first", Export,
                            [](CLI::App& exported, Flags& flags) {
                              exported.add_option("SERVICE", flags.service, "Such as tickets")->required();
                            }));
  verbs.push_back(AuditSendVerb(*app));
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
