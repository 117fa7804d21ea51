// The audit log as a chain: what writes leave in it, and how damage shows.
#include "common/storage/audit_log.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "tests/common/storage/queue_fixture.h"

namespace dangol::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AuditedWrite : public TracedWrite {
 public:
  AuditedWrite(WriteSpec spec, Trace& trace) : TracedWrite(spec, trace), label_(spec.label) {}
  std::vector<AuditRecord> Audit(const std::string&) override {
    return {{.content = label_, .resources = {"tickets/" + label_}}};
  }

 private:
  const std::string label_;
};

class AuditLogTest : public QueueTest {
 protected:
  void SubmitAudited(WriteSpec spec) {
    queue_->Submit(Lane::kCall, std::make_unique<AuditedWrite>(std::move(spec), trace_));
  }
  // What is wrong with the chain; empty: nothing.
  std::string Wrong() {
    auto reader = database_->OpenReader();
    auto snapshot = (*reader)->Begin(absl::InfiniteDuration());
    const auto rows = ListAudit(**snapshot, {}, 100);
    const auto head = ReadAuditHead(**snapshot);
    EXPECT_TRUE(rows.ok() && head.ok());
    (*reader)->End();
    AuditChain chain;
    std::string wrong;
    for (const AuditRow& row : *rows) wrong += chain.Next(row);
    return wrong + chain.End(*head);
  }
};
INSTANTIATE_TEST_SUITE_P(Drivers, AuditLogTest, ::testing::ValuesIn(testing::Drivers()), testing::DriverName);

TEST_P(AuditLogTest, HasAnEntryForEachWriteThatHadItsEffectAndNoOther) {
  Open();
  SubmitAudited({"a"});
  SubmitAudited({"b", [](Transaction& transaction) {
                   EXPECT_TRUE(InsertItem(transaction, "b").ok());
                   return Error(absl::StatusCode::kFailedPrecondition, "WRONG_STATE", "No.");
                 }});
  SubmitAudited({"a"});  // breaks the primary key
  SubmitAudited({"c"});
  Run();
  EXPECT_EQ(Items(), "a c");
  EXPECT_EQ(Read("SELECT resource || ' ' || number FROM audit_resource ORDER BY number"), "tickets/a 1 tickets/c 2");
  EXPECT_THAT(Wrong(), IsEmpty());
  EXPECT_EQ(Read("SELECT CAST(audit_number AS TEXT) FROM feed_head"), "2");
}

TEST_P(AuditLogTest, HasNoEntryForARequestThatIsRepeated) {
  Open();
  for (int i = 0; i < 2; ++i) {
    SubmitAudited({.label = "a", .request_id = "r"});
    Run();
  }
  EXPECT_EQ(Read("SELECT CAST(number AS TEXT) FROM audit"), "1");
}

TEST_P(AuditLogTest, GoesOnWhereItWasAndWithoutAnEvent) {
  Open();
  SubmitAudited({"a"});
  Run();
  Open();
  SubmitAudited({"b", [](Transaction& transaction) { return InsertItem(transaction, "b"); }});
  Run();
  EXPECT_EQ(Head(), "1");
  EXPECT_THAT(Wrong(), IsEmpty());
  EXPECT_EQ(Read("SELECT CAST(audit_number AS TEXT) FROM feed_head"), "2");
}

// A chain of some rows, whole.
std::vector<AuditRow> Chain(std::vector<std::string> contents) {
  std::vector<AuditRow> rows;
  AuditHead head;
  for (std::string& content : contents) {
    head = {head.number + 1, AuditHash(head.hash, head.number + 1, content)};
    rows.push_back({head.number, std::move(content), head.hash});
  }
  return rows;
}

// What is wrong with rows, where the log says that `last` is the newest.
std::string WrongWith(const std::vector<AuditRow>& rows, const AuditRow& last) {
  AuditChain chain;
  std::string wrong;
  for (const AuditRow& row : rows) wrong += chain.Next(row);
  return wrong + chain.End({last.number, last.hash});
}

TEST(AuditChain, HoldsAsItWasStored) {
  const auto rows = Chain({"a", "b", "", "d"});
  EXPECT_THAT(WrongWith(rows, rows.back()), IsEmpty());
  EXPECT_THAT(AuditChain().End({}), IsEmpty());
}

TEST(AuditChain, FindsAnyBitThatWasFlipped) {
  const auto whole = Chain({"first", "second", "third"});
  for (size_t i = 0; i < whole.size(); ++i) {
    for (std::string AuditRow::*part : {&AuditRow::content, &AuditRow::hash}) {
      for (size_t byte = 0; byte < (whole[i].*part).size(); ++byte) {
        auto rows = whole;
        (rows[i].*part)[byte] ^= 1;
        EXPECT_THAT(WrongWith(rows, whole.back()), HasSubstr(fmt::format("the hash of entry {} does not fit", i + 1)));
      }
    }
  }
}

TEST(AuditChain, FindsARowThatIsMissing) {
  const auto whole = Chain({"a", "b", "c"});
  for (size_t i = 0; i < whole.size(); ++i) {
    auto rows = whole;
    rows.erase(rows.begin() + static_cast<int64_t>(i));
    EXPECT_THAT(WrongWith(rows, whole.back()), HasSubstr("missing")) << i;
  }
  EXPECT_THAT(WrongWith({}, whole.back()), HasSubstr("the log ends at 0 instead of 3"));
}

TEST(AuditChain, FindsAPairThatWasSwapped) {
  const auto whole = Chain({"a", "b", "c"});
  auto rows = whole;
  std::swap(rows[0].content, rows[1].content);
  EXPECT_THAT(WrongWith(rows, whole.back()), HasSubstr("the hash of entry 1 does not fit"));
  rows = whole;
  std::swap(rows[0], rows[1]);
  std::swap(rows[0].number, rows[1].number);
  EXPECT_THAT(WrongWith(rows, whole.back()), HasSubstr("the hash of entry 1 does not fit"));
}

// One that was made anew from there on holds in itself; what was kept of it elsewhere does not fit any more.
TEST(AuditChain, FindsThatTheEndIsAnotherOne) {
  const auto whole = Chain({"a", "b", "c"});
  const auto other = Chain({"a", "x", "c"});
  EXPECT_THAT(WrongWith(other, whole.back()), HasSubstr("the last entries are missing or are other ones"));
}

}  // namespace
}  // namespace dangol::storage
