#include "cli/import/import_sender.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "fmt/format.h"
#include "google/rpc/error_details.pb.h"

#include "cli/command/interrupt.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/runtime.h"
#include "common/base/status_macros.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::BatchCreateTicketsRequest;
using dangol::tickets::v1::BatchCreateTicketsResponse;
using dangol::tickets::v1::CreateTicketRequest;

constexpr char kBatchCreate[] = "/dangol.tickets.v1.TicketService/BatchCreateTickets";
constexpr absl::Duration kCallTimeout = absl::Seconds(30);
constexpr absl::Duration kRetryMin = absl::Milliseconds(100);
constexpr absl::Duration kRetryMax = absl::Seconds(3);

bool MayWorkLater(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsAborted(status);
}

// Why, by row: `requests[7].ticket.subject` is about row 7, and its `ticket.subject`.
std::map<int, std::string> RefusedRows(const absl::Status& status) {
  std::map<int, std::string> refused;
  google::rpc::BadRequest bad_request;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  if (!payload || !bad_request.ParseFromString(std::string(*payload))) return refused;
  constexpr std::string_view kPrefix = "requests[";
  for (const auto& violation : bad_request.field_violations()) {
    const std::string_view field = violation.field();
    const size_t end = field.find(']');
    int row = 0;
    if (!field.starts_with(kPrefix) || end == std::string_view::npos) continue;
    if (!absl::SimpleAtoi(std::string(field.substr(kPrefix.size(), end - kPrefix.size())), &row)) continue;
    std::string_view path = field.substr(end + 1);
    if (path.starts_with('.')) path.remove_prefix(1);
    refused.emplace(row, fmt::format("{}: {}", path, violation.description()));
  }
  return refused;
}

}  // namespace

ImportSender::ImportSender(Client& client, std::string import_name, absl::Duration patience, Reject reject)
    : client_(client), import_name_(std::move(import_name)), patience_(patience), reject_(std::move(reject)) {}

absl::Status ImportSender::Add(CreateTicketRequest request, Record record) {
  next_.bytes += request.ByteSizeLong();
  *next_.request.add_requests() = std::move(request);
  next_.records.push_back(std::move(record));
  if (next_.request.requests_size() < kRowsMax && next_.bytes < kBytesMax) return absl::OkStatus();
  return Send();
}

absl::Status ImportSender::Send() {
  if (next_.records.empty()) return absl::OkStatus();
  while (sent_.size() >= kInFlightMax) RETURN_IF_ERROR(FinishOldest());
  Start(std::exchange(next_, Batch()));
  return absl::OkStatus();
}

absl::Status ImportSender::Finish() {
  RETURN_IF_ERROR(Send());
  return WaitForAnswers();
}

absl::Status ImportSender::WaitForAnswers() {
  while (!sent_.empty()) RETURN_IF_ERROR(FinishOldest());
  return absl::OkStatus();
}

void ImportSender::Start(Batch batch) {
  batch.request.set_skip_existing(true);
  batch.request.set_import_name(import_name_);
  // Of this run: an id made of the rows would let a later run take the answer to an earlier one for its own.
  if (batch.request.request_id().empty()) batch.request.set_request_id(TimeOrderedUuid(RealRuntime()));
  std::future<rpc::Reply> reply = client_.Start(kBatchCreate, batch.request, kCallTimeout);
  sent_.push_back({std::move(batch), std::move(reply)});
}

absl::Status ImportSender::FinishOldest() {
  Sent sent = std::move(sent_.front());
  sent_.pop_front();
  return Answered(std::move(sent));
}

absl::Status ImportSender::Answered(Sent sent) {
  rpc::Reply reply = sent.reply.get();
  const absl::Time give_up = absl::Now() + patience_;
  for (int attempt = 0; MayWorkLater(reply.status); ++attempt) {
    // A server that was never there is better said at once.
    if (ErrorReason(reply.status) != "UNREACHABLE") reached_ = true;
    if (!reached_) return reply.status;
    const absl::Duration pause =
        std::max(RetryDelay(reply.status), Backoff(RealRuntime(), attempt, kRetryMin, kRetryMax));
    if (absl::Now() + pause > give_up) return reply.status;
    if (!SleepUnlessInterrupted(pause)) return absl::CancelledError("interrupted");
    reply = client_.Start(kBatchCreate, sent.batch.request, kCallTimeout).get();
  }
  if (absl::IsInvalidArgument(reply.status)) return SendWithoutRefused(std::move(sent.batch), reply.status);
  RETURN_IF_ERROR(reply.status);
  reached_ = true;
  BatchCreateTicketsResponse response;
  if (!response.ParseFromString(reply.message)) {
    return absl::InternalError("The answer cannot be read: it is not of this version of Dangol.");
  }
  counts_.created += response.tickets_size();
  counts_.existing += sent.batch.request.requests_size() - response.tickets_size();
  return absl::OkStatus();
}

// The whole batch was refused for some of its rows.
absl::Status ImportSender::SendWithoutRefused(Batch batch, const absl::Status& refusal) {
  const std::map<int, std::string> refused = RefusedRows(refusal);
  if (refused.empty()) return refusal;
  Batch rest;
  for (int i = 0; i < batch.request.requests_size(); ++i) {
    const auto found = refused.find(i);
    if (found != refused.end()) {
      reject_(batch.records[static_cast<size_t>(i)], found->second);
      continue;
    }
    *rest.request.add_requests() = std::move(*batch.request.mutable_requests(i));
    rest.records.push_back(std::move(batch.records[static_cast<size_t>(i)]));
  }
  if (!rest.records.empty()) Start(std::move(rest));
  return absl::OkStatus();
}

}  // namespace dangol::cli
