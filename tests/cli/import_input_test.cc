// `dangol import`: how a file may be packed, encoded and written.
#include <string>
#include <vector>

#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/import_fixture.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::Ended;
using testing::GetTicket;
using testing::Good;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kCfpb;
using testing::kHeader;
using testing::kReviews;
using ::testing::Not;
using testing::ReadFile;
using ::testing::StartsWith;
using testing::WriteFile;

// What a shell makes of a file by `command`, which gets it as its standard input.
std::string Piped(const std::string& command, const std::string& file) {
  const Ended ended = testing::RunToEnd("/bin/sh", {"-c", fmt::format("{} < '{}'", command, file)});
  EXPECT_EQ(ended.code, 0) << ended.errors;
  return ended.output;
}

// A file as it may come, of the Korean reviews.
class ImportInput : public testing::ImportTest {
 protected:
  Ended RunReviews(const std::string& content, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--source", "r", "--map", "ticket_id=review_id,body=text,receive_time=date"});
    return Run(content, std::move(more), "csv");
  }
  void ExpectReviews(const Ended& ended) {
    EXPECT_EQ(ended.code, 0) << ended.errors;
    EXPECT_THAT(ended.output, StartsWith(Summary(7, 7, 0)));
    EXPECT_THAT(ended.errors, IsEmpty());
    EXPECT_EQ(GetTicket(*suite_, "tickets/r-138").body(), "한번쯤 볼만한 독특한 프랑스 애미메이션");
  }
};

TEST_F(ImportInput, MayBeUtf8) { ExpectReviews(RunReviews(ReadFile(kReviews))); }

TEST_F(ImportInput, MayHaveAByteOrderMark) { ExpectReviews(RunReviews("\xef\xbb\xbf" + ReadFile(kReviews))); }

TEST_F(ImportInput, MayBePacked) {
  const std::string packed = Piped("gzip -c", kReviews);
  ExpectReviews(RunReviews(packed));
  const Ended cut = RunReviews(packed.substr(0, packed.size() - 20), {"--rejects", folder_.File("r.csv")});
  EXPECT_EQ(cut.code, 1);
  EXPECT_THAT(cut.errors, AllOf(HasSubstr("FILE_UNREADABLE"), HasSubstr("cut off")));
}

TEST_F(ImportInput, MayBeCp949WhereItSaysSo) {
  const std::string korean = Piped("iconv -f UTF-8 -t CP949", kReviews);
  const Ended refused = RunReviews(korean);
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.errors, AllOf(HasSubstr("FILE_NOT_UTF8"), HasSubstr("--encoding CP949")));
  EXPECT_THAT(refused.output, IsEmpty());
  EXPECT_THAT(refused.errors, Not(HasSubstr("rejected"))) << "it is refused once, not row by row";
  ExpectReviews(RunReviews(korean, {"--encoding", "CP949"}));
}

TEST_F(ImportInput, MayBeUtf16) {
  ExpectReviews(RunReviews(Piped("iconv -f UTF-8 -t UTF-16", kReviews)));
  const std::string big = Piped("iconv -f UTF-8 -t UTF-16BE", kReviews);
  EXPECT_THAT(RunReviews("\xfe\xff" + big).output, StartsWith("7 rows: 0 new, 7 already there, 0 rejected"));
  EXPECT_THAT(RunReviews(big).errors, AllOf(HasSubstr("FILE_NOT_UTF8"), HasSubstr("NUL bytes")));
  EXPECT_THAT(RunReviews(big, {"--encoding", "UTF-16BE"}).output, StartsWith("7 rows: 0 new, 7 already there"));
}

TEST_F(ImportInput, LosesOnlyTheRowsThatAreNoText) {
  std::string korean = Piped("iconv -f UTF-8 -t CP949", kReviews);
  korean.replace(korean.find("138,"), 4, "138,\xff");
  EXPECT_THAT(RunReviews(korean, {"--encoding", "CP949"}).output, StartsWith(Summary(7, 6, 1)));
  EXPECT_THAT(Rejects(), HasSubstr("\"3\",\"author: is not UTF-8"));
}

TEST_F(ImportInput, TakesItsMendedRejectsByTheSameCommand) {
  std::string korean = Piped("iconv -f UTF-8 -t CP949", kReviews);
  korean.replace(korean.find("138,"), 4, "138,\xff");
  EXPECT_EQ(RunReviews(korean, {"--encoding", "CP949"}).code, 1);
  std::string mended = Rejects();
  EXPECT_THAT(mended, StartsWith("\xef\xbb\xbf")) << "which says that it is UTF-8, to Excel as well";
  const size_t wrong = mended.find('\xff');
  ASSERT_NE(wrong, std::string::npos);
  const Ended ended = RunReviews(mended.erase(wrong, 1), {"--encoding", "CP949"});
  EXPECT_THAT(ended.output, StartsWith(Summary(1, 1, 0))) << ended.errors;
  EXPECT_EQ(GetTicket(*suite_, "tickets/r-138").body(), "한번쯤 볼만한 독특한 프랑스 애미메이션");
}

TEST_F(ImportInput, CrossesTheBordersOfBlocks) {
  std::string reviews = "id,text\n";
  for (int i = 0; i < 20'000; ++i)
    reviews += fmt::format("{},{}한글\n", i, std::string(static_cast<size_t>(i % 3), 'x'));
  WriteFile(file_, reviews);
  const std::vector<std::string> flags = {"--source", "b", "--map", "ticket_id=id,body=text", "--encoding", "CP949"};
  EXPECT_THAT(Run(Piped("iconv -f UTF-8 -t CP949", file_), flags, "csv").output,
              StartsWith("20,000 rows: 20,000 new, 0 already there, 0 rejected"));
  EXPECT_EQ(GetTicket(*suite_, "tickets/b-19999").body(), "x한글");
}

TEST_F(ImportInput, MayBeStandardInput) {
  const Ended ended = suite_->Run({"import", "cfpb", "-", "--rejects", folder_.File("r.csv")}, ReadFile(kCfpb) + "x\n");
  EXPECT_THAT(ended.output, StartsWith(Summary(7, 6, 1))) << ended.errors;
  EXPECT_THAT(ReadFile(folder_.File("r.csv")), HasSubstr("\"it has 1 columns"));
}

TEST_F(ImportInput, MayHaveOtherSeparators) {
  const auto rows = [](const std::string& separator, int id) {
    std::string text = fmt::format("id,text\n{},\"a,b;c|d\"\n", id);
    text.replace(2, 1, separator);
    text.replace(text.find(",\"a"), 1, separator);
    return text;
  };
  const std::vector<std::string> flags = {"--source", "s", "--map", "ticket_id=id,body=text"};
  int id = 0;
  for (const char* separator : {",", ";", "\t", "|"}) {
    EXPECT_THAT(Run(rows(separator, ++id), flags, "csv").output, StartsWith(Summary(1, 1, 0))) << separator;
    EXPECT_EQ(GetTicket(*suite_, fmt::format("tickets/s-{}", id)).body(), "a,b;c|d") << separator;
  }
  EXPECT_THAT(
      Run("id:text,b;c\n9:x\n", {"--separator", ":", "--source", "s", "--map", "ticket_id=id,body=text,b;c"}, "csv")
          .output,
      StartsWith(Summary(1, 1, 0)));
}

TEST_F(ImportInput, MayBeUtf32) {
  ExpectReviews(RunReviews(std::string("\xff\xfe\0\0", 4) + Piped("iconv -f UTF-8 -t UTF-32LE", kReviews)));
}

TEST_F(ImportInput, MayNameItsSeparatorAsExcelDoes) {
  const std::vector<std::string> flags = {"--source", "e", "--map", "ticket_id=id,body=text,c"};
  const Ended ended = Run("sep=;\r\nid;text,c\r\n1;a,b\r\n;none\r\n", flags, "csv");
  EXPECT_THAT(ended.output, StartsWith(Summary(2, 1, 1))) << ended.errors;
  EXPECT_THAT(Rejects(), HasSubstr("\"4\",")) << "lines count as they do in the file";
}

TEST_F(ImportInput, TakesItsMendedRejectsWhateverSeparatorTheFileHad) {
  const std::vector<std::string> flags = {"--separator", ";", "--source", "r", "--map", "ticket_id=id,body=text"};
  EXPECT_EQ(Run("id;text\n1;a,b;c\n2;a,b\n;x\n", flags, "csv").code, 1);
  std::string mended = Rejects();
  const size_t id = mended.rfind("\"\",\"x\"");
  ASSERT_NE(id, std::string::npos) << mended;
  mended.insert(id + 1, "3");
  EXPECT_THAT(Run(mended, flags, "csv").output, StartsWith(Summary(2, 1, 1)));
  EXPECT_EQ(GetTicket(*suite_, "tickets/r-3").body(), "x");
}

TEST_F(ImportInput, MayEndWithoutALineFeed) {
  const std::string last = Good(2);
  const Ended ended = Run(kHeader + Good(1) + last.substr(0, last.size() - 1));
  EXPECT_EQ(ended.code, 0) << ended.errors;
  EXPECT_THAT(ended.output, StartsWith(Summary(2, 2, 0)));
  EXPECT_THAT(ended.errors, HasSubstr("The last line, 3, has no line feed"));
  EXPECT_THAT(Run(kHeader + Good(3) + "2023-08-25,Loan,Car").output, StartsWith(Summary(2, 1, 1)));
}

}  // namespace
}  // namespace dangol
