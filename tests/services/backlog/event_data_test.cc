// What stands in the backlog's events: titles, reasons and notes about the product, names, and nothing else that
// anybody wrote.
#include <set>

#include "common/base/log.h"
#include "tests/common/rpc/request_sites.h"
#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Site;

class EventDataTest : public BacklogTest {
 protected:
  // Every free text says which field it is.
  template <typename Request>
  Request Marked(const std::string& name) {
    Request request;
    testing::FillValid(request);
    for (const Site& site : testing::SitesOf(Request::descriptor())) {
      if (site.output_only) continue;
      if (site.path == "name" || site.path == "parent") site.SetText(request, name);
      if (site.path == "etag") site.Clear(request);
      if (site.field()->is_map()) site.SetEntry(request, "ko", "MARK(" + site.path + ")");
      const bool free =
          site.is_text() && site.rules.resource().empty() && !site.rules.resource_id() && !site.rules.slug();
      if (free && site.path != "etag") site.SetText(request, "MARK(" + site.path + ")");
    }
    return request;
  }
  static std::set<std::string> Marks(const std::string& text) {
    std::set<std::string> marks;
    for (size_t at = text.find("MARK("); at != std::string::npos; at = text.find("MARK(", at + 1)) {
      marks.insert(text.substr(at + 5, text.find(')', at) - at - 5));
    }
    return marks;
  }
};

TEST_F(EventDataTest, IsTitlesReasonsAndNotesAlone) {
  SetUpLog("debug", LogFormat::kJson);
  ::testing::internal::CaptureStderr();
  auto create = Marked<v1::CreateChangeRequest>("");
  create.set_change_id("known");
  ASSERT_TRUE(Call<Change>("CreateChange", create).ok());
  CreateOne("a1");
  for (const char* ticket : {"a1", "a2"}) Apply(Accepted(ticket, "known", 1));
  const auto must = [&](const auto& status) { EXPECT_TRUE(status.ok()) << status.status(); };
  auto update = Marked<v1::UpdateChangeRequest>("changes/known");
  update.mutable_change()->clear_decision();
  must(Call<Change>("UpdateChange", update));
  must(Call<Change>("PlanChange", Marked<v1::PlanChangeRequest>("changes/known")));
  must(Call<Change>("StartChange", Marked<v1::StartChangeRequest>("changes/known")));
  must(Call<Change>("ShipChange", Marked<v1::ShipChangeRequest>("changes/known")));
  must(Call<v1::Comment>("CreateComment", Marked<v1::CreateCommentRequest>("changes/known")));
  must(Call<v1::MoveDemandsResponse>("MoveDemands", MoveRequest("known", "a1", {"a2"})));
  must(Call<Change>("DropChange", Marked<v1::DropChangeRequest>("changes/known")));
  must(Call<Change>("ReconsiderChange", Marked<v1::ReconsiderChangeRequest>("changes/known")));
  Ship("a1");
  auto revert = Marked<v1::RevertShipmentRequest>("changes/a1");
  revert.set_shipment("changes/a1/shipments/1");
  must(Call<Change>("RevertShipment", revert));
  Ship("a1");
  must(Call<Change>("ConcludeChange", Marked<v1::ConcludeChangeRequest>("changes/a1")));
  const std::string logged = ::testing::internal::GetCapturedStderr();
  SetUpLog("info", LogFormat::kJson);

  EXPECT_THAT(Marks(backlog_.file().DumpTable("feed")), ElementsAre("change.title", "customer_notes", "reason"));
  EXPECT_THAT(backlog_.file().DumpTable("change"), HasSubstr("MARK(decision.rationale)")) << "the test marks nothing";
  EXPECT_THAT(logged, Not(HasSubstr("MARK(")));
}

}  // namespace
}  // namespace dangol::backlog
