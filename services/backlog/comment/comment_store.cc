#include "services/backlog/comment/comment_store.h"

#include "common/base/status_macros.h"
#include "common/resource/transition.h"
#include "services/backlog/names.h"

namespace dangol::backlog {
namespace {

using resource::Column;
using storage::Row;
using v1::Comment;

#define COMMENT(field) FIELD_OF(v1::Comment, field)

struct CommentRow {
  Comment comment;
};
#define OF_COMMENT(field) MEMBER_OF(CommentRow, comment) / COMMENT(field)

// clang-format off
constexpr auto kCommentTable = resource::Table<CommentRow>(
    "comment", std::tuple(
        resource::KeyColumn(kCommentPattern, 0, OF_COMMENT(name), "change_id"),
        resource::KeyColumn(kCommentPattern, 1, OF_COMMENT(name), "comment_id"),
        Column(OF_COMMENT(author)),
        Column(OF_COMMENT(create_time)),
        resource::Rest(MEMBER_OF(CommentRow, comment), COMMENT(mentions), COMMENT(body))));
// clang-format on

}  // namespace

absl::StatusOr<Comment> ReadComment(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(CommentRow row, resource::Read<kCommentTable>(snapshot, name));
  return std::move(row.comment);
}

absl::Status InsertComment(storage::Transaction& transaction, const Comment& comment) {
  return resource::Insert<kCommentTable>(transaction, CommentRow{comment});
}

absl::StatusOr<std::vector<resource::TimeKey>> ListCommentKeys(storage::Snapshot& snapshot, std::string_view change_id,
                                                               const std::optional<resource::TimeKey>& after,
                                                               int64_t most) {
  const resource::TimeKey from = after.value_or(resource::TimeKey::BeforeOldest());
  return resource::ListTimeKeys(snapshot, R"(
      SELECT create_time, comment_id FROM comment
      WHERE change_id = $1 AND (create_time, comment_id) > ($2, $3)
      ORDER BY create_time, comment_id
      LIMIT $4)",
                                {change_id, from.time, from.id, most});
}

}  // namespace dangol::backlog
