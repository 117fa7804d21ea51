// What is said about a change.
#include "services/backlog/comment/comment_handlers.h"
#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using v1::Comment;

class CommentTest : public BacklogTest {
 protected:
  absl::StatusOr<Comment> Say(const std::string& change, const std::string& body) {
    v1::CreateCommentRequest request;
    request.set_parent("changes/" + change);
    request.mutable_comment()->set_body(body);
    request.mutable_comment()->set_author("members/lee");
    return Call<Comment>("CreateComment", request);
  }
};

TEST_F(CommentTest, StandsInTheOrderInWhichItWasSaid) {
  CreateOne("a");
  CreateOne("b");
  for (const char* body : {"first", "second", "third"}) {
    ASSERT_TRUE(Say("a", body).ok());
    Wait(absl::Seconds(1));
  }
  ASSERT_TRUE(Say("b", "elsewhere").ok());
  v1::ListCommentsRequest request;
  request.set_parent("changes/a");
  request.set_page_size(2);
  std::vector<std::string> bodies;
  do {
    const auto page = Call<v1::ListCommentsResponse>("ListComments", request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const Comment& comment : page->comments()) bodies.push_back(comment.body());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(bodies, ElementsAre("first", "second", "third"));
  EXPECT_EQ(Get("a").etag(), "1") << "it changes nothing of the change";
}

TEST_F(CommentTest, NamesPeopleAndTellsTheFeedNothingElse) {
  CreateOne("a");
  const auto comment = Say("a", "@kim-1, ask @lee. Not kim@example.com, @@, @Kim; (@kim-1)");
  ASSERT_TRUE(comment.ok()) << comment.status();
  EXPECT_THAT(comment->mentions(), ElementsAre("members/kim-1", "members/lee"));
  EXPECT_EQ(FromProtoTime(comment->create_time()), Now());
  EXPECT_EQ(LastEvent().comment_created().comment(), comment->name());
  EXPECT_EQ(LastEvent().comment_created().author(), "members/lee");
  EXPECT_THAT(LastEvent().comment_created().mentions(), ElementsAre("members/kim-1", "members/lee"));
  EXPECT_THAT(backlog_.file().DumpTable("feed"), Not(HasSubstr("example.com")));
}

TEST_F(CommentTest, NeedsAChange) {
  EXPECT_EQ(testing::Summary(Say("nothing", "x").status()), "NOT_FOUND NOT_FOUND");
  v1::ListCommentsRequest request;
  request.set_parent("changes/nothing");
  EXPECT_EQ(testing::Summary(Call<v1::ListCommentsResponse>("ListComments", request).status()), "NOT_FOUND NOT_FOUND");
}

}  // namespace
}  // namespace dangol::backlog
