#include "services/metrics/report/review_store.h"

#include <string>
#include <tuple>
#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/transition.h"
#include "services/metrics/day.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

using resource::Column;
using storage::Row;
using v1::Remark;
using v1::ReportReview;

#define REMARK(field) FIELD_OF(v1::Remark, field)

// clang-format off
constexpr auto kRemarkTable = resource::Table<Remark>(
    "remark", std::tuple(
        resource::KeyColumn(kRemarkPattern, 0, REMARK(name), "engine_id"),
        resource::KeyColumn(kRemarkPattern, 1, REMARK(name), "remark_id"),
        Column(REMARK(kpi)),
        Column(REMARK(granularity)),
        Column(REMARK(first_day)),
        Column(REMARK(reply_to)),
        Column(REMARK(author)),
        Column(REMARK(create_time)),
        Column(REMARK(body))));
// clang-format on

ReportReview ReviewOf(std::string_view engine_id, const Row& row) {
  ReportReview review;
  review.set_name(kReviewPattern.Name(engine_id, row.Bytes(0)));
  review.set_granularity(static_cast<v1::Granularity>(row.Integer(1)));
  review.set_first_day(ShownDay(row.Integer(2)));
  review.set_member(kMemberPattern.Name(row.Bytes(3)));
  *review.mutable_time() = ToProtoTime(row.Time(4));
  return review;
}

}  // namespace

absl::StatusOr<ReportReview> ReadReview(storage::Snapshot& snapshot, std::string_view name) {
  const std::string_view engine_id = kReviewPattern.Id(name);
  std::optional<ReportReview> review;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT review_id, granularity, first_day, member_id, time FROM report_review
      WHERE engine_id = $1 AND review_id = $2)",
                                 {engine_id, kReviewPattern.Id(name, 1)},
                                 [&](const Row& row) { review = ReviewOf(engine_id, row); }));
  if (!review) return NotFound(name);
  return *std::move(review);
}

absl::StatusOr<std::vector<ReportReview>> ReadReviews(storage::Snapshot& snapshot, std::string_view engine_id,
                                                      v1::Granularity granularity, int64_t first_day) {
  std::vector<ReportReview> reviews;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT review_id, granularity, first_day, member_id, time FROM report_review
      WHERE engine_id = $1 AND granularity = $2 AND first_day = $3
      ORDER BY time, member_id)",
                                 {engine_id, granularity, first_day},
                                 [&](const Row& row) { reviews.push_back(ReviewOf(engine_id, row)); }));
  return reviews;
}

absl::Status InsertReview(storage::Transaction& transaction, const ReportReview& review, int64_t first_day) {
  return transaction.Execute(
      R"(
      INSERT INTO report_review (engine_id, review_id, granularity, first_day, member_id, time)
      VALUES ($1, $2, $3, $4, $5, $6))",
      {kReviewPattern.Id(review.name()), kReviewPattern.Id(review.name(), 1), review.granularity(), first_day,
       kMemberPattern.Id(review.member()), FromProtoTime(review.time())});
}

absl::Status UpdateReviewTime(storage::Transaction& transaction, const ReportReview& review) {
  return transaction.Execute(
      "UPDATE report_review SET time = $3 WHERE engine_id = $1 AND review_id = $2",
      {kReviewPattern.Id(review.name()), kReviewPattern.Id(review.name(), 1), FromProtoTime(review.time())});
}

absl::StatusOr<Remark> ReadRemark(storage::Snapshot& snapshot, std::string_view name) {
  return resource::Read<kRemarkTable>(snapshot, name);
}

absl::Status InsertRemark(storage::Transaction& transaction, const Remark& remark) {
  return resource::Insert<kRemarkTable>(transaction, remark);
}

absl::StatusOr<std::vector<resource::TimeKey>> ListRemarkKeys(storage::Snapshot& snapshot, std::string_view engine_id,
                                                              std::string_view kpi,
                                                              const std::optional<resource::TimeKey>& before,
                                                              int64_t most) {
  const resource::TimeKey from = before.value_or(resource::TimeKey::BeforeNewest());
  return resource::ListTimeKeys(snapshot, R"(
      SELECT create_time, remark_id FROM remark
      WHERE engine_id = $1 AND (create_time, remark_id) < ($2, $3) AND ($4 = '' OR kpi = $4)
      ORDER BY create_time DESC, remark_id DESC
      LIMIT $5)",
                                {engine_id, from.time, from.id, kpi, most});
}

}  // namespace dangol::metrics
