#include "services/metrics/digest/digest_store.h"

#include <string>
#include <tuple>
#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/transition.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

using resource::Column;
using resource::kUpdate;
using storage::Row;
using v1::Digest;
using v1::Mention;

constexpr absl::Duration kMentionKept = absl::Hours(24 * 30);

#define DIGEST(field) FIELD_OF(v1::Digest, field)

// clang-format off
constexpr auto kDigestTable = resource::Table<Digest>(
    "digest", std::tuple(
        resource::KeyColumn(kDigestPattern, 0, DIGEST(name), "member_id"),
        resource::KeyColumn(kDigestPattern, 1, DIGEST(name), "day"),
        Column(DIGEST(state)),
        Column(DIGEST(read_time)),
        Column(DIGEST(claim_time)),
        resource::NullableColumn(DIGEST(report_time))));
// clang-format on

}  // namespace

absl::StatusOr<Digest> ReadDigest(storage::Snapshot& snapshot, std::string_view name) {
  return resource::Read<kDigestTable>(snapshot, name);
}

absl::StatusOr<std::optional<Digest>> FindDigest(storage::Snapshot& snapshot, std::string_view name) {
  return resource::Find<kDigestTable>(snapshot, {kDigestPattern.Id(name), kDigestPattern.Id(name, 1)});
}

absl::Status WriteDigest(storage::Transaction& transaction, const Digest& digest) {
  return resource::Replace<kDigestTable>(transaction, digest);
}

absl::StatusOr<std::optional<absl::Time>> ToldUntil(storage::Snapshot& snapshot, std::string_view member_id) {
  std::optional<absl::Time> until;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT read_time FROM digest
      WHERE member_id = $1 AND state = $2
      ORDER BY day DESC
      LIMIT 1)",
                                 {member_id, Digest::SENT}, [&](const Row& row) { until = row.Time(0); }));
  return until;
}

absl::Status NoteMentions(storage::Transaction& transaction, const backlog::v1::CommentCreated& comment,
                          absl::Time time, absl::Time hear_time) {
  for (const std::string& member : comment.mentions()) {
    RETURN_IF_ERROR(
        transaction.Execute(R"(
        INSERT INTO mention (member_id, time, comment, author, hear_time) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (member_id, time, comment) DO NOTHING)",
                            {kMemberPattern.Id(member), time, comment.comment(), comment.author(), hear_time}));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Mention>> ReadMentions(storage::Snapshot& snapshot, std::string_view member_id,
                                                  absl::Time since, int64_t most) {
  std::vector<Mention> mentions;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT time, comment, author FROM mention
      WHERE member_id = $1 AND hear_time > $2
      ORDER BY time, comment
      LIMIT $3)",
                                 {member_id, since, most}, [&](const Row& row) {
                                   Mention& mention = mentions.emplace_back();
                                   *mention.mutable_time() = ToProtoTime(row.Time(0));
                                   mention.set_comment(row.Text(1));
                                   mention.set_author(row.Text(2));
                                 }));
  return mentions;
}

absl::Status DropMentions(storage::Transaction& transaction, std::string_view member_id, absl::Time until) {
  return transaction.Execute("DELETE FROM mention WHERE member_id = $1 AND hear_time <= $2",
                             {member_id, until - kMentionKept});
}

}  // namespace dangol::metrics
