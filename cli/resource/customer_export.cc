#include "cli/resource/customer_export.h"

#include <filesystem>
#include <memory>
#include <string>

#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "cli/output/progress.h"
#include "cli/resource/ticket_files.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "dangol/tickets/v1/customer_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::Attachment;
using dangol::tickets::v1::ExportCustomerRequest;
using dangol::tickets::v1::ExportCustomerResponse;

constexpr char kCommand[] = "customer export";

struct Flags {
  VerbFlags common;
  ExportCustomerRequest request;
  std::string folder;
};

// FOLDER/TICKET/ATTACHMENT/its own name: as the entry names it, and never twice.
absl::StatusOr<std::filesystem::path> PlaceOf(const std::string& folder, const Attachment& attachment) {
  const std::filesystem::path file(attachment.file_name());
  // The service takes no name that is a path; who writes files looks himself.
  if (file != file.filename() || file == "." || file == "..")
    return absl::DataLossError(fmt::format("{} has the name of a path.", attachment.name()));
  const std::filesystem::path name(attachment.name());  // tickets/TICKET/attachments/ATTACHMENT
  const std::filesystem::path place = folder / name.parent_path().parent_path().filename() / name.filename();
  std::error_code error;
  std::filesystem::create_directories(place, error);
  if (error) return absl::UnavailableError(fmt::format("{} cannot be made: {}", place.string(), error.message()));
  return place / file;
}

absl::Status WriteFiles(Client& client, const Flags& flags, const ExportCustomerResponse& page, int64_t& files) {
  for (const auto& entry : page.entries()) {
    const Attachment& attachment = entry.attachment();
    if (!attachment.has_finish_time() || attachment.has_redact_time()) continue;
    ASSIGN_OR_RETURN(const std::filesystem::path path, PlaceOf(flags.folder, attachment));
    RETURN_IF_ERROR(WriteAttachment(client, attachment, path.string(), flags.common.timeout));
    ++files;
  }
  return absl::OkStatus();
}

// One JSON object a line: the customer, then what was said and what became of it.
std::string Lines(const ExportCustomerResponse& page) {
  std::string text;
  if (page.has_customer()) text += ToJson(page.customer(), JsonStyle::kCompact) + "\n";
  for (const auto& entry : page.entries()) text += ToJson(entry, JsonStyle::kCompact) + "\n";
  return text;
}

int Run(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "tickets"));
  ExportCustomerRequest request = flags.request;
  request.set_page_size(1000);
  ExportCustomerResponse page;
  int64_t files = 0;
  const absl::Status status = EachPage(client, "/dangol.tickets.v1.CustomerService/ExportCustomer", request,
                                       flags.common.timeout, page, [&](bool) -> absl::Status {
                                         if (!Print(Lines(page))) return absl::CancelledError();
                                         if (flags.folder.empty()) return absl::OkStatus();
                                         return WriteFiles(client, flags, page, files);
                                       });
  if (absl::IsCancelled(status)) return 1;
  if (!flags.folder.empty())
    PrintError(fmt::format("dangol {}: files written into {}: {}\n", kCommand, flags.folder, ShownCount(files)));
  return status.ok() ? 0 : Fail(kCommand, status);
}

}  // namespace

Command CustomerExportVerb(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand(
      "export", "Write all that is stored of one, as JSON lines: what a person is given who asks");
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(*app, flags->common);
  AddRequestFlags(*app, flags->request);
  app->add_option("--files", flags->folder, "Also write the files that came, into this folder: TICKET/ATTACHMENT/NAME")
      ->type_name("FOLDER");
  app->footer(
      "Ticket by ticket, the newest first. An entry of a file has its name, type, size and SHA-256; a file that is there "
      "already is never written over.");
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
