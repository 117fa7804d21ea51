#include "cli/import/import_run.h"

#include <functional>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/command/interrupt.h"
#include "common/base/error.h"
#include "common/base/proto_bytes.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "services/tickets/ticket/ticket_rules.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::CreateTicketRequest;

// What the server would refuse for the state of the world, and the whole batch with it.
absl::Status CheckRules(const CreateTicketRequest& request, absl::Time now) {
  dangol::tickets::v1::Ticket ticket = request.ticket();
  RETURN_IF_ERROR(tickets::Receive(ticket, now, "ticket"));
  if (!request.has_history()) return absl::OkStatus();
  return tickets::MakeHistory(ticket, request.history(), "history");
}

}  // namespace

ImportRun::ImportRun(RowMapping mapping, RecordReader& reader, RejectFile& rejects, Client& client,
                     std::string import_name, absl::Duration patience)
    : mapping_(std::move(mapping)),
      reader_(reader),
      rejects_(rejects),
      rules_(CreateTicketRequest::descriptor()),
      sender_(client, std::move(import_name), patience, [this](const Record& record, std::string_view reason) {
        rejects_.Add(record.line, reason, record.fields);
      }) {}

absl::Status ImportRun::CheckColumns() {
  std::string missing;
  for (size_t i = 0; i < reader_.columns().size(); ++i) columns_.emplace(reader_.columns()[i], i);
  for (const std::string& column : mapping_.columns) {
    if (!columns_.contains(column)) missing += fmt::format("\n  {}", column);
  }
  if (missing.empty()) return absl::OkStatus();
  std::string found;
  for (const std::string& column : reader_.columns()) found += (found.empty() ? "" : ", ") + column;
  constexpr size_t kFoundMax = 500;
  if (found.size() > kFoundMax) found = found.substr(0, kFoundMax) + "…";
  return Error(absl::StatusCode::kInvalidArgument, "COLUMNS_MISSING",
               fmt::format("The file lacks these columns:{}\nIts first line has: {}", missing,
                           IsValidUtf8(found) ? found : ShownValue(found)));
}

absl::StatusOr<CreateTicketRequest> ImportRun::Ticket(const Record& record) {
  RETURN_IF_ERROR(CheckText(reader_.columns(), record));
  static const auto& nothing = *new std::string();
  const Row row = [&](std::string_view column) -> const std::string& {
    const auto found = columns_.find(column);
    return found == columns_.end() ? nothing : record.fields[found->second];
  };
  ASSIGN_OR_RETURN(CreateTicketRequest request, mapping_.ticket(row));
  // What the server would say, before it would refuse the whole batch.
  RETURN_IF_ERROR(rules_.Enforce(request, absl::Now()));
  RETURN_IF_ERROR(CheckRules(request, absl::Now()));
  RETURN_IF_ERROR(TellApart(request, record.line));
  return request;
}

absl::Status ImportRun::TellApart(CreateTicketRequest& request, int64_t line) {
  const size_t digest = std::hash<std::string>()(SerializeDeterministically(request));
  const auto [found, is_new] = seen_.try_emplace(request.ticket_id(), Seen{line, digest});
  if (is_new) return absl::OkStatus();
  Seen& first = found->second;
  if (mapping_.ids_of_content) {
    request.set_ticket_id(fmt::format("{}-{}", request.ticket_id(), ++first.count));
    return absl::OkStatus();
  }
  if (first.digest == digest) return absl::OkStatus();
  return RowInvalid(fmt::format("line {} has the same id, {}, and says something else. Keep one of them.", first.line,
                                request.ticket_id()));
}

absl::Status ImportRun::Take(Record record) {
  ++rows_;
  if (!record.good()) {
    rejects_.Add(record.line, record.problem, {}, record.text);
    return absl::OkStatus();
  }
  absl::StatusOr<CreateTicketRequest> request = Ticket(record);
  if (absl::IsFailedPrecondition(request.status())) return request.status();
  if (!request.ok()) {
    rejects_.Add(record.line, std::string(request.status().message()), record.fields);
    return absl::OkStatus();
  }
  return sender_.Add(*std::move(request), std::move(record));
}

void ImportRun::Show(Progress& progress) {
  progress.Show(reader_.input().bytes_read(), reader_.input().bytes_total(),
                fmt::format("{} rows, {} new, {} rejected", ShownCount(rows_), ShownCount(counts().created),
                            ShownCount(rejects_.count())));
}

absl::Status ImportRun::ReadAll(Progress& progress) {
  Record record;
  while (true) {
    const absl::StatusOr<bool> found = reader_.Next(record);
    // First: reading from a terminal or a pipe fails because of it.
    if (Interrupted()) return absl::CancelledError("interrupted");
    RETURN_IF_ERROR(found.status());
    if (!*found) return sender_.Finish();
    RETURN_IF_ERROR(Take(std::move(record)));
    Show(progress);
  }
}

absl::Status ImportRun::Run(Progress& progress) {
  absl::Status status = ReadAll(progress);
  if (!status.ok()) {
    // What is on its way comes in or not; the counts should tell.
    const absl::Status rest = sender_.WaitForAnswers();
    if (absl::IsCancelled(status) && !rest.ok()) return rest;
  }
  return status;
}

}  // namespace dangol::cli
