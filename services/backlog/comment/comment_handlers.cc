#include "services/backlog/comment/comment_handlers.h"

#include <string>
#include <utility>

#include "common/base/error.h"
#include "common/base/mentions.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/resource/page.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/comment/comment_store.h"
#include "services/backlog/names.h"

namespace dangol::backlog {
namespace {

using v1::Comment;

absl::Status CheckChange(storage::Snapshot& snapshot, const std::string& name) {
  ASSIGN_OR_RETURN(const std::optional<ChangeStanding> standing, FindStanding(snapshot, kChangePattern.Id(name)));
  return standing ? absl::OkStatus() : NotFound(name);
}

}  // namespace

absl::StatusOr<Comment> CreateComment(storage::Transaction& transaction, const rpc::Call& call,
                                      const v1::CreateCommentRequest& request) {
  RETURN_IF_ERROR(CheckChange(transaction, request.parent()));
  Comment comment = request.comment();
  comment.set_name(kCommentPattern.Name(kChangePattern.Id(request.parent()), call.NewId()));
  for (std::string& member : MentionsIn(comment.body())) *comment.add_mentions() = std::move(member);
  *comment.mutable_create_time() = ToProtoTime(call.now());
  RETURN_IF_ERROR(InsertComment(transaction, comment));
  v1::ChangeEvent event;
  event.mutable_comment_created()->set_comment(comment.name());
  event.mutable_comment_created()->set_author(comment.author());
  *event.mutable_comment_created()->mutable_mentions() = comment.mentions();
  RETURN_IF_ERROR(feed::Append(transaction, call, event, {{comment.name(), 1}}));
  return comment;
}

absl::StatusOr<v1::ListCommentsResponse> ListComments(storage::Snapshot& snapshot, const rpc::Call&,
                                                      const v1::ListCommentsRequest& request) {
  RETURN_IF_ERROR(CheckChange(snapshot, request.parent()));
  const std::string_view change_id = kChangePattern.Id(request.parent());
  return resource::Page<resource::TimeKey>(
      request, &v1::ListCommentsResponse::mutable_comments,
      [&](const auto& after, int64_t most) { return ListCommentKeys(snapshot, change_id, after, most); },
      [&](const resource::TimeKey& key) { return ReadComment(snapshot, kCommentPattern.Name(change_id, key.id)); });
}

}  // namespace dangol::backlog
