// `dangol import csv` and `jsonl`: files whose columns flags explain.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/import_fixture.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::Dangol;
using testing::Ended;
using testing::GetTicket;
using ::testing::HasSubstr;
using testing::kReviews;
using ::testing::StartsWith;
using testing::WriteFile;
using tickets::v1::Ticket;

using ImportMapped = testing::ImportTest;

// Masked authors are anonymous, each for itself; the others are known again.
TEST_F(ImportMapped, TakesWhoSentIt) {
  const Ended ended = Run("id,author,text\n1,todd****,a\n2,todd****,b\n3,minji,c\n4,minji,d\n",
                          {"--source", "shop", "--map", "ticket_id=id,body=text,sender.external_id=author"}, "csv");
  EXPECT_THAT(ended.output, StartsWith(Summary(4, 4, 0))) << ended.errors;
  const Ticket masked = GetTicket(*suite_, "tickets/shop-1");
  EXPECT_TRUE(masked.anonymous());
  EXPECT_NE(masked.customer(), GetTicket(*suite_, "tickets/shop-2").customer());
  const Ticket known = GetTicket(*suite_, "tickets/shop-3");
  EXPECT_FALSE(known.anonymous());
  EXPECT_EQ(known.customer(), GetTicket(*suite_, "tickets/shop-4").customer());
}

TEST_F(ImportMapped, TakesColumnsAndConstants) {
  const std::vector<std::string> command = {"import",
                                            "csv",
                                            kReviews,
                                            "--source",
                                            "naver",
                                            "--map",
                                            "ticket_id=review_id,body=text,receive_time=date,product=product_id",
                                            "--map",
                                            "attributes.rating=rating",
                                            "--set",
                                            "language=ko",
                                            "--set",
                                            "kind=praise",
                                            "--set",
                                            "contact_reason=film/dull",
                                            "--set",
                                            "source.channel=web",
                                            "--time-zone",
                                            "Asia/Seoul"};
  const Ended ended = suite_->Run(command);
  EXPECT_THAT(ended.output, StartsWith(Summary(7, 7, 0))) << ended.errors;
  const Ticket ticket = GetTicket(*suite_, "tickets/naver-138");
  EXPECT_EQ(ticket.body(), "한번쯤 볼만한 독특한 프랑스 애미메이션");
  EXPECT_EQ(ticket.receive_time().seconds(), 1069513200);  // 2003-11-23 in Seoul
  EXPECT_EQ(ticket.product(), "27351");
  EXPECT_EQ(ticket.attributes().at("rating"), "3");
  EXPECT_EQ(ticket.language(), "ko");
  EXPECT_EQ(ticket.kind(), Ticket::PRAISE);
  EXPECT_EQ(ticket.contact_reason(), "film/dull");
  EXPECT_EQ(ticket.source().channel(), "web");
  EXPECT_EQ(ticket.source().connection(), "naver");
  EXPECT_EQ(ticket.source().external_id(), "138");
  EXPECT_THAT(suite_->Run(command).output, StartsWith("7 rows: 0 new, 7 already there, 0 rejected"));
}

TEST_F(ImportMapped, FindsColumnsWhateverTheyAreCalled) {
  const Ended ended = Run("제목,\"리뷰, 전체\",a=b,유형\n늦어요,사흘 늦었습니다,high,배송/Very Late!\n",
                          {"--map", "subject=제목,body=리뷰, 전체,severity=a=b,contact_reason=유형"}, "csv");
  EXPECT_THAT(ended.output, StartsWith(Summary(1, 1, 0))) << ended.errors;
  const Ended list = suite_->Run({"ticket", "list", "-o", "json"});
  EXPECT_THAT(list.output, AllOf(HasSubstr("늦어요"), HasSubstr("사흘 늦었습니다"), HasSubstr("\"severity\":\"HIGH\""),
                                 HasSubstr("\"contactReason\":\"very-late\"")));
  EXPECT_THAT(Run("subject\nx\n", {"--map", "subject=제목"}, "csv").errors,
              AllOf(HasSubstr("COLUMNS_MISSING"), HasSubstr("\n  제목\n")));
}

TEST_F(ImportMapped, TellsRowsWithoutIdsApart) {
  const std::string rows = "text,day\nBad,2023-01-02\nBad,2023-01-02\nBad,2023-01-03\n";
  const std::vector<std::string> flags = {"--map", "body=text,receive_time=day"};
  EXPECT_THAT(Run(rows, flags, "csv").output, StartsWith(Summary(3, 3, 0)));
  EXPECT_THAT(Run(rows, {"--map", "receive_time=day", "--map", "body=text"}, "csv").output,
              StartsWith("3 rows: 0 new, 3 already there, 0 rejected"));
  EXPECT_THAT(Run(rows + "Worse,2023-01-03\nBad,2023-01-03\n", flags, "csv").output,
              StartsWith("5 rows: 2 new, 3 already there, 0 rejected"));
}

TEST_F(ImportMapped, MakesAnotherIdOfEachId) {
  const Ended ended = Run("id,text\naB,1\nAb,2\nA_b,3\n주문,4\nab,5\n" + std::string(200, 'x') + ",6\nab,7\n,8\n",
                          {"--source", "s", "--map", "ticket_id=id,body=text"}, "csv");
  EXPECT_THAT(ended.output, StartsWith(Summary(8, 6, 2))) << ended.errors;
  EXPECT_THAT(Rejects(), AllOf(HasSubstr("\"8\",\"line 6 has the same id, s-ab"), HasSubstr("\"9\",\"id: is empty")));
}

TEST_F(ImportMapped, TellsWhereTwoSourcesMakeTheSameId) {
  const auto import = [&](const char* source, const char* rows) {
    return Run(fmt::format("id,text\n{}", rows), {"--source", source, "--map", "ticket_id=id,body=text"}, "csv");
  };
  EXPECT_EQ(import("shop", "kr-1,Late\n").code, 0);
  const Ended other = import("shop-kr", "1,Broken\n2,Wrong\n");
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.output, StartsWith("2 rows: 1 new, 0 already there, 1 rejected"));
  EXPECT_THAT(Rejects(), HasSubstr("\"ticket_id: tickets/shop-kr-1 is there already, and is of another source"));
  EXPECT_EQ(GetTicket(*suite_, "tickets/shop-kr-1").body(), "Late");
  EXPECT_THAT(import("shop", "kr-1,Late\n").output, StartsWith("1 rows: 0 new, 1 already there, 0 rejected"));
}

TEST_F(ImportMapped, ReadsTimesAsTheyAreWritten) {
  const std::vector<std::string> flags = {"--source", "t", "--map",
                                          "ticket_id=id,body=id,receive_time=at,close_time=end"};
  const auto time = [this](const std::string& id) {
    return GetTicket(*suite_, "tickets/t-" + id).receive_time().seconds();
  };
  const Ended known =
      Run("id,at,end\na,2023-08-25,\nb,2023-08-25T01:00:00+01:00,\nc,2023-08-25 00:00:00,2023-08-26\nd,08/25/23,\ne,,\n"
          "f,2023-02-30,\ng,23-08-25,\n",
          flags, "csv");
  EXPECT_THAT(known.output, StartsWith(Summary(7, 3, 4))) << known.errors;
  for (const char* id : {"a", "b", "c"}) EXPECT_EQ(time(id), 1692921600) << id;
  EXPECT_EQ(GetTicket(*suite_, "tickets/t-a").state(), Ticket::RECEIVED);
  EXPECT_EQ(GetTicket(*suite_, "tickets/t-c").state(), Ticket::CLOSED);
  std::vector<std::string> told = flags;
  told.insert(told.end(), {"--time-format", "%d.%m.%Y", "--time-format", "%d.%m.%y", "--time-format", "%s"});
  EXPECT_THAT(
      Run("id,at,end\nh,25.08.2023,\ni,25.08.23,\nj,1692921600,\nk,25.08.023,\nl,2023-08-25,\n", told, "csv").output,
      StartsWith(Summary(5, 3, 2)));
  for (const char* id : {"h", "i", "j"}) EXPECT_EQ(time(id), 1692921600) << id;
}

TEST_F(ImportMapped, TakesJsonLines) {
  const Ended ended = Run(
      "{\"id\": 1234567890123, \"who\": {\"at\": \"2023-08-25T00:00:00Z\"}, \"text\": \"늦어요\\n두 번째\", \"ok\": true}\n\n"
      "{\"id\": \"A-2\", \"who\": {\"at\": null}, \"text\": \"x\"}\n"
      "{\"id\": 9007199254740993, \"text\": \"x\"}\n"
      "{\"id\": 3, \"text\": {\"a\": 1}}\n"
      "{\"id\": 4, \"text\": \n"
      "[1]\n"
      "{\"id\": 5, \"who\": {\"at\": \"2023-08-25\"}, \"text\": \"y\"}",
      {"--source", "d", "--map", "ticket_id=id,body=text,receive_time=who.at,attributes.ok=ok"}, "jsonl");
  EXPECT_THAT(ended.output, StartsWith(Summary(7, 2, 5))) << ended.errors;
  const Ticket ticket = GetTicket(*suite_, "tickets/d-1234567890123");
  EXPECT_EQ(ticket.body(), "늦어요\n두 번째");
  EXPECT_EQ(ticket.receive_time().seconds(), 1692921600);
  EXPECT_EQ(ticket.attributes().at("ok"), "true");
  for (const char* line :
       {"\"3\",\"who.at: is empty", "\"4\",\"id: is a number that loses digits", "\"5\",\"text: is an object",
        "\"6\",\"it is not JSON: line 1, column 19", "\"7\",\"it must be a JSON object"}) {
    EXPECT_THAT(Rejects(), HasSubstr(line));
  }
  // What was rejected of it is CSV.
  std::string mended = testing::ReadFile(file_ + ".rejects.csv");
  mended = mended.substr(0, mended.find('\n') + 1) + "3,,,A-2,,x,2023-08-25\n";
  WriteFile(folder_.File("mended.csv"), mended);
  const Ended again = suite_->Run({"import", "csv", folder_.File("mended.csv"), "--source", "d", "--map",
                                   "ticket_id=id,body=text,receive_time=who.at"});
  EXPECT_THAT(again.output, StartsWith(Summary(1, 1, 0))) << again.errors << mended;
}

TEST(ImportUsage, SaysWhatIsWrongWithAMap) {
  const auto errors = [](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"import", "csv", "file.csv"});
    const Ended ended = Dangol(flags);
    EXPECT_EQ(ended.code, 2);
    return ended.errors;
  };
  EXPECT_THAT(errors({}), HasSubstr("--map"));
  EXPECT_THAT(errors({"--map", "subjet=x"}), AllOf(HasSubstr("subjet"), HasSubstr("subject")));
  EXPECT_THAT(errors({"--map", "body=a,subjet=x"}), HasSubstr("subjet"));
  EXPECT_THAT(errors({"--map", "body"}), HasSubstr("FIELD=COLUMN"));
  EXPECT_THAT(errors({"--map", "body=a,body=b"}), HasSubstr("twice"));
  EXPECT_THAT(errors({"--map", "language=a"}), HasSubstr("neither body nor subject"));
  EXPECT_THAT(errors({"--map", "body=a,ticket_id=b"}), HasSubstr("--source"));
  EXPECT_THAT(errors({"--map", "body=a", "--source", "A b"}), HasSubstr("a-z"));
  EXPECT_THAT(errors({"--map", "body=a", "--set", "kind=rant"}), HasSubstr("COMPLAINT"));
  EXPECT_THAT(errors({"--map", "body=a", "--set", "state=CLOSED"}), HasSubstr("FIELD=VALUE"));
  EXPECT_THAT(errors({"--map", "body=a", "--time-zone", "Mars"}), HasSubstr("Asia/Seoul"));
  EXPECT_THAT(errors({"--map", "body=a", "--encoding", "klingon"}), HasSubstr("iconv --list"));
  EXPECT_THAT(errors({"--map", "body=a", "--separator", ";;"}), HasSubstr("one character"));
  const std::string help = Dangol({"import", "csv", "--help"}).output;
  EXPECT_THAT(help,
              AllOf(HasSubstr("dangol import csv reviews.csv.gz"), HasSubstr("receive_time"), HasSubstr("69 to 99")));
}

}  // namespace
}  // namespace dangol
