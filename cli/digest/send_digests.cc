#include "cli/digest/send_digests.h"

#include <utility>

#include "fmt/format.h"

#include "cli/command/request_flags.h"
#include "cli/digest/digest_text.h"
#include "cli/output/names.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "dangol/metrics/v1/digest_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::ClaimDigestRequest;
using dangol::metrics::v1::Digest;
using dangol::metrics::v1::Due;
using dangol::metrics::v1::Member;

constexpr char kService[] = "/dangol.metrics.v1.DigestService/";

absl::StatusOr<Digest> Claim(DigestClients& clients, const Member& member, const Due& due) {
  ClaimDigestRequest request;
  request.set_parent(member.name());
  *request.mutable_read_time() = due.read_time();
  FillRequestId(request);
  return Call<Digest>(clients.metrics, std::string(kService) + "ClaimDigest", request, clients.timeout);
}

absl::Status ReportState(DigestClients& clients, const Digest& digest, Digest::State state) {
  metrics::v1::ReportDigestRequest request;
  request.set_name(digest.name());
  request.set_state(state);
  FillRequestId(request);
  return Call<Digest>(clients.metrics, std::string(kService) + "ReportDigest", request, clients.timeout).status();
}

// Of a message that was claimed. An error: the others would not be sent either.
absl::Status SendClaimed(DigestClients& clients, mail::Mailer& mailer, const Member& member, const DigestText& text,
                         const Digest& digest, DigestRun& run) {
  const std::string id = fmt::format("digest-{}-{}", IdOf(member.name()), IdOf(digest.name()));
  const absl::Status sent = mailer.Send({.to = member.email(), .subject = text.subject, .text = text.body, .id = id});
  if (sent.ok()) {
    ++run.sent;
    return ReportState(clients, digest, Digest::SENT);
  }
  const std::string reason = ErrorReason(sent);
  // It may have been sent, and stays claimed.
  if (reason == mail::kOutcomeUnknown) return sent;
  if (reason == mail::kRefused || absl::IsInvalidArgument(sent)) {
    run.refused.push_back(member.name());
    return ReportState(clients, digest, Digest::REFUSED);
  }
  RETURN_IF_ERROR(ReportState(clients, digest, Digest::RELEASED));
  if (reason != mail::kPutOff) return sent;
  run.put_off.push_back(member.name());
  return absl::OkStatus();
}

absl::Status SendTo(DigestClients& clients, mail::Mailer& mailer, const Company& company, const Member& member,
                    DigestRun& run) {
  metrics::v1::GetDueRequest request;
  request.set_name(member.name());
  ASSIGN_OR_RETURN(Due due, Call<Due>(clients.metrics, std::string(kService) + "GetDue", request, clients.timeout));
  if (!due.digest_due()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const DigestContent content, AskContent(clients, company, member, std::move(due)));
  if (content.empty()) {
    ++run.nothing_due;
    return absl::OkStatus();
  }
  const absl::StatusOr<Digest> digest = Claim(clients, member, content.due);
  // Another run was faster, or the day has ended.
  if (absl::IsAlreadyExists(digest.status()) || ErrorReason(digest.status()) == "DIGEST_NOT_DUE")
    return absl::OkStatus();
  RETURN_IF_ERROR(digest.status());
  return SendClaimed(clients, mailer, member, WriteDigest(company, member, content), *digest, run);
}

}  // namespace

absl::StatusOr<DigestRun> SendDigests(DigestClients& clients, mail::Mailer& mailer, absl::Time now,
                                      absl::FunctionRef<bool()> stop) {
  ASSIGN_OR_RETURN(const Company company, AskCompany(clients, now));
  DigestRun run;
  for (const Member& member : company.members) {
    if (stop()) break;
    run.stopped = SendTo(clients, mailer, company, member, run);
    if (!run.stopped.ok()) break;
  }
  return run;
}

}  // namespace dangol::cli
