#include "services/metrics/report/review_handlers.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/resource/page.h"
#include "common/rpc/authorization.h"
#include "dangol/metrics/v1/metrics_feed.pb.h"
#include "services/metrics/calendar/calendar.h"
#include "services/metrics/day.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/member/member_store.h"
#include "services/metrics/names.h"
#include "services/metrics/report/review_store.h"

namespace dangol::metrics {
namespace {

using v1::Remark;
using v1::ReportReview;

absl::Status CheckReplyTo(storage::Snapshot& snapshot, const Remark& remark) {
  if (remark.reply_to().empty()) return absl::OkStatus();
  absl::StatusOr<Remark> replied = ReadRemark(snapshot, remark.reply_to());
  if (!replied.ok()) return AtField(replied.status(), "remark.reply_to");
  const bool same = replied->kpi() == remark.kpi() && replied->granularity() == remark.granularity() &&
                    replied->first_day() == remark.first_day();
  return same ? absl::OkStatus()
              : InvalidField("remark.reply_to",
                             fmt::format("{} is about another number. Reply where it stands.", remark.reply_to()));
}

}  // namespace

absl::StatusOr<ReportReview> RecordReportReview(storage::Transaction& transaction, const rpc::Call& call,
                                                const v1::RecordReportReviewRequest& request) {
  RETURN_IF_ERROR(rpc::CheckDecidedBy(call.principal(), "member", request.member()));
  ASSIGN_OR_RETURN(const v1::Engine engine, ReadEngine(transaction, request.parent()));
  ASSIGN_OR_RETURN(const std::optional<v1::Member> member, FindMember(transaction, request.member()));
  if (!member) return AtField(NotFound(request.member()), "member");
  RETURN_IF_ERROR(RequireNotLeft(transaction, request.member(), "member"));
  ASSIGN_OR_RETURN(const int64_t day, DayIn("day", request.day()));
  const Calendar calendar(engine);
  const Period period = calendar.PeriodOf(day, request.granularity());
  const int64_t first_day = period.first;
  if (first_day > calendar.DayAt(call.now())) {
    return InvalidField("day", fmt::format("{} is of a report that is to come: there is nothing to be read yet.",
                                           ShownValue(request.day())));
  }
  const std::string_view engine_id = kEnginePattern.Id(engine.name());
  ASSIGN_OR_RETURN(const std::vector<ReportReview> reviews,
                   ReadReviews(transaction, engine_id, request.granularity(), first_day));
  const auto found = std::ranges::find(reviews, request.member(), &ReportReview::member);
  if (found != reviews.end()) {
    // Who had looked into it while it was not complete reads it now.
    const absl::Time end = calendar.StartOf(period.last + 1);
    if (FromProtoTime(found->time()) >= end || call.now() < end) return *found;
    ReportReview again = *found;
    *again.mutable_time() = ToProtoTime(call.now());
    RETURN_IF_ERROR(UpdateReviewTime(transaction, again));
    return again;
  }
  ReportReview review;
  review.set_name(kReviewPattern.Name(engine_id, call.NewId()));
  review.set_granularity(request.granularity());
  review.set_first_day(ShownDay(first_day));
  review.set_member(request.member());
  *review.mutable_time() = ToProtoTime(call.now());
  RETURN_IF_ERROR(InsertReview(transaction, review, first_day));
  return review;
}

absl::StatusOr<Remark> CreateRemark(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::CreateRemarkRequest& request) {
  ASSIGN_OR_RETURN(const v1::Engine engine, ReadEngine(transaction, request.parent()));
  Remark remark = request.remark();
  if (kEnginePattern.Name(kKpiPattern.Id(remark.kpi())) != engine.name()) {
    return InvalidField("remark.kpi",
                        fmt::format("{} is not of {}. Name its own.", ShownValue(remark.kpi()), engine.name()));
  }
  if (absl::Status status = ReadKpi(transaction, remark.kpi()).status(); !status.ok())
    return AtField(std::move(status), "remark.kpi");
  ASSIGN_OR_RETURN(const int64_t day, DayIn("remark.first_day", remark.first_day()));
  RETURN_IF_ERROR(RequireNotLeft(transaction, remark.author(), "remark.author"));
  remark.set_first_day(ShownDay(Calendar(engine).PeriodOf(day, remark.granularity()).first));
  RETURN_IF_ERROR(CheckReplyTo(transaction, remark));
  remark.set_name(kRemarkPattern.Name(kEnginePattern.Id(engine.name()), call.NewId()));
  *remark.mutable_create_time() = ToProtoTime(call.now());
  RETURN_IF_ERROR(InsertRemark(transaction, remark));
  v1::MetricsEvent event;
  event.mutable_remark_created()->set_remark(remark.name());
  event.mutable_remark_created()->set_kpi(remark.kpi());
  RETURN_IF_ERROR(feed::Append(transaction, call, event, {{remark.name(), 1}}));
  return remark;
}

absl::StatusOr<v1::ListRemarksResponse> ListRemarks(storage::Snapshot& snapshot, const rpc::Call&,
                                                    const v1::ListRemarksRequest& request) {
  RETURN_IF_ERROR(ReadEngine(snapshot, request.parent()).status());
  const std::string_view engine_id = kEnginePattern.Id(request.parent());
  return resource::Page<resource::TimeKey>(
      request, &v1::ListRemarksResponse::mutable_remarks,
      [&](const auto& before, int64_t most) {
        return ListRemarkKeys(snapshot, engine_id, request.kpi(), before, most);
      },
      [&](const resource::TimeKey& key) { return ReadRemark(snapshot, kRemarkPattern.Name(engine_id, key.id)); });
}

}  // namespace dangol::metrics
