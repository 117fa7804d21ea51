// `dangol import`
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "tests/cli/import_fixture.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::ChildProcess;
using testing::Dangol;
using testing::Ended;
using testing::GetTicket;
using testing::Good;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kCfpb;
using testing::kDangol;
using testing::kHeader;
using testing::kNyc311;
using testing::kPatience;
using ::testing::MatchesRegex;
using ::testing::Not;
using testing::Parsed;
using testing::ReadFile;
using testing::RunningSuite;
using ::testing::StartsWith;
using testing::TemporaryFolder;
using testing::WriteFile;
using tickets::v1::Ticket;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr char kMemoryLimit[] = "";  // a sanitizer takes all addresses there are
#else
constexpr char kMemoryLimit[] = "ulimit -v 600000;";
#endif

using Import = testing::ImportTest;

TEST_F(Import, TakesComplaintsOfTheCfpbWithTheirTimesAndWords) {
  const Ended ended = suite_->Run({"import", "cfpb", kCfpb});
  EXPECT_EQ(ended.code, 0) << ended.errors;
  EXPECT_THAT(ended.output, StartsWith(Summary(6, 6, 0)));
  EXPECT_THAT(ended.errors, IsEmpty());  // no progress where nobody looks

  const Ticket ticket = GetTicket(*suite_, "tickets/cfpb-7523056");
  EXPECT_EQ(ticket.kind(), Ticket::COMPLAINT);
  EXPECT_EQ(ticket.state(), Ticket::RECEIVED);
  EXPECT_EQ(ticket.subject(), "Incorrect information on your report: Information belongs to someone else");
  EXPECT_EQ(ticket.contact_reason(), "incorrect-information-on-your-report/information-belongs-to-someone-else");
  EXPECT_EQ(
      ticket.body(),
      "A consumer complained about EQUIFAX, INC. (Credit reporting or other personal consumer reports, Credit "
      "reporting): "
      "Incorrect information on your report: Information belongs to someone else. The consumer's own words are not "
      "published.");
  EXPECT_EQ(ticket.receive_time().seconds(), 1692921600);  // 2023-08-25
  EXPECT_EQ(ticket.occur_time().seconds(), 1692921600);
  EXPECT_EQ(ticket.source().channel(), "web");
  EXPECT_EQ(ticket.source().connection(), "cfpb");
  EXPECT_EQ(ticket.source().external_id(), "7523056");
  EXPECT_EQ(ticket.attributes().at("state"), "FL");
  EXPECT_EQ(ticket.attributes().count("tags"), 0U);

  EXPECT_THAT(GetTicket(*suite_, "tickets/cfpb-7283048").body(),
              AllOf(HasSubstr("in time. \n\nHowever"), HasSubstr("\" Processing.")));
  const std::string reason = GetTicket(*suite_, "tickets/cfpb-7446803").contact_reason();
  EXPECT_LE(reason.size(), 128U);
  EXPECT_THAT(
      reason,
      MatchesRegex("problem-with-a-credit-reporting-companys-[a-z-]*-[0-9a-f]{6}/their-investigation-did-not-fix-"
                   "an-error-on-your-report"));
}

TEST_F(Import, TakesServiceRequestsOfNewYorkInTheirTimeZone) {
  EXPECT_EQ(suite_->Run({"import", "nyc311", kNyc311}).code, 0);
  EXPECT_EQ(GetTicket(*suite_, "tickets/nyc311-64345465").receive_time().seconds(),
            1741929600);  // 05:20 UTC: summer time
  const Ticket winter = GetTicket(*suite_, "tickets/nyc311-63949967");
  EXPECT_EQ(winter.receive_time().seconds(), 1738384500);  // 2025-02-01 04:35 UTC
  EXPECT_EQ(winter.kind(), Ticket::COMPLAINT);
  EXPECT_EQ(winter.contact_reason(), "animal-abuse/neglected");
  EXPECT_EQ(winter.state(), Ticket::CLOSED);
  EXPECT_EQ(winter.disposition(), Ticket::IMPORTED);
  EXPECT_FALSE(winter.has_decision());
  EXPECT_EQ(winter.close_time().seconds(), 1738393860);  // 2025-02-01 07:11 UTC
  EXPECT_EQ(GetTicket(*suite_, "tickets/nyc311-64340742").kind(), Ticket::REQUEST);
  const Ticket open = GetTicket(*suite_, "tickets/nyc311-64345465");  // still open there
  EXPECT_EQ(open.close_time().seconds(), open.receive_time().seconds());
}

TEST_F(Import, AddsNothingTheSecondTime) {
  EXPECT_EQ(suite_->Run({"import", "cfpb", kCfpb}).code, 0);
  const Ended again = suite_->Run({"import", "cfpb", kCfpb});
  EXPECT_EQ(again.code, 0) << again.errors;
  EXPECT_THAT(again.output, StartsWith("6 rows: 0 new, 6 already there, 0 rejected"));
  const Ended more = Run(kHeader + Good(7523056) + Good(1) + Good(1));
  EXPECT_THAT(more.output, StartsWith("3 rows: 1 new, 2 already there, 0 rejected")) << more.errors;
}

TEST_F(Import, GoesOnWhereTheServiceOrTheImportWasKilled) {
  // Each is one event.
  const auto tickets = [this] {
    const Ended status = suite_->Run({"status", "--address", suite_->address(), "-o", "json"});
    return Parsed<dangol::api::v1::GetStatusResponse>(status.output).feed_sequence();
  };
  std::string file = kHeader;
  for (int i = 0; i < 5000; ++i) file += Good(i);
  WriteFile(file_, file);
  const std::vector<std::string> arguments = {"import", "cfpb", file_, "--port-base",
                                              std::to_string(suite_->port_base())};
  {
    ChildProcess import(kDangol, arguments);
    import.Wait(absl::Milliseconds(100));
    import.Kill();
  }
  const int64_t before = tickets();
  ChildProcess import(kDangol, arguments);
  // Killed when the import has met it; a service that was never there is another matter.
  const absl::Time end = absl::Now() + kPatience;
  while (import.Running() && tickets() == before && absl::Now() < end) absl::SleepFor(absl::Milliseconds(1));
  suite_->process().Kill();
  suite_ = std::make_unique<RunningSuite>(folder_.File("data"), suite_->port_base());
  EXPECT_EQ(import.Wait(kPatience), 0) << import.errors();
  EXPECT_THAT(suite_->Run({"import", "cfpb", file_}).output, StartsWith("5,000 rows: 0 new, 5,000 already there"));
}

TEST_F(Import, FindsColumnsByNameWhateverTheirOrder) {
  const Ended ended =
      Run("\xef\xbb\xbf"
          "Complaint ID,Extra,Company,Submitted via,Issue,Sub-issue,Product,Sub-product,"
          "Date received,Consumer complaint narrative\r\n"
          "7,x,ACME,Postal mail,Late,,Loan,,08/25/2023,\"I said \"\"no\"\",\r\n\r\ntwice\"\r\n");
  EXPECT_EQ(ended.code, 0) << ended.errors;
  const Ticket ticket = GetTicket(*suite_, "tickets/cfpb-7");
  EXPECT_EQ(ticket.body(), "I said \"no\",\r\n\r\ntwice");
  EXPECT_EQ(ticket.contact_reason(), "late");
  EXPECT_EQ(ticket.source().channel(), "postal-mail");
  EXPECT_EQ(ticket.receive_time().seconds(), 1692921600);
}

TEST_F(Import, NamesTheColumnsThatAreMissing) {
  const Ended ended = Run("Issue,Product,Whatever\nLate,Loan,x\n");
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.errors,
              AllOf(HasSubstr("COLUMNS_MISSING"), HasSubstr("\n  Complaint ID\n  Date received\n"),
                    Not(HasSubstr("\n  Issue")), HasSubstr("Its first line has: Issue, Product, Whatever")));
  EXPECT_THAT(suite_->Run({"import", "cfpb", kNyc311}).errors, HasSubstr("COLUMNS_MISSING"));
}

TEST_F(Import, SaysWhyAFileCannotBeRead) {
  EXPECT_THAT(suite_->Run({"import", "cfpb", folder_.File("none.csv")}).errors, HasSubstr("No such file"));
  EXPECT_THAT(suite_->Run({"import", "cfpb", folder_.path()}).errors, HasSubstr("is a folder"));
  EXPECT_THAT(Run("").errors, HasSubstr("is empty"));
  EXPECT_THAT(Run("Issue,\"Product\nLate,Loan").errors,
              HasSubstr("line 1 should name the columns, but the file ends inside of quotes"));
  EXPECT_EQ(Run("x").code, 1);
}

TEST_F(Import, TakesTheGoodRowsAndListsTheOthers) {
  using namespace std::string_literals;                                                       // for NUL
  const Ended ended = Run(kHeader + Good(1) +                                                 // 2
                          "2023-08-25,Loan,Car,Late,Very late,,ACME,Web\n"                    // 3: a column is missing
                          + Good(2) +                                                         // 4
                          "2023-08-25,Loan,Car,Late,Very late,he said \"no\",ACME,Web,100\n"  // 5: quotes in no quotes
                          + Good(3) +                                                         // 6
                          "2023-08-25,Loan,Car,Late,Very late,a\0b,ACME,Web,101\n"s           // 7: NUL
                          "2023-08-25,Loan,Car,Late,Very late,caf\xe9,ACME,Web,102\n"         // 8: Latin 1
                          "25 August,Loan,Car,Late,Very late,,ACME,Web,103\n"                 // 9: no day
                          "2023-08-25,Loan,Car,Late,Very late,,ACME,Web,\n"                   // 10: no id
                          "2023-08-25,Loan,Car,Late,Very late," +
                          std::string(300'000, 'x') + ",ACME,Web,104\n"  // 11: too long for a ticket
                          + Good(4) +                                    // 12
                          "2023-08-25,Loan,Car,Late,Very late,\"never closed,ACME,Web,105\n"     // 13
                          + Good(5) +                                                            // 14
                          "2023-08-25,Loan,Car,Late,\"Very, late\",\"two\nlines\",ACME,Web,6\n"  // 15, 16
                          + "\n" + Good(7) +                                                     // 18
                          "2023-08-25,Loan,Car,Late,Very late,,ACME");                           // 19: the file was cut
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, StartsWith(Summary(16, 7, 9)));
  EXPECT_THAT(ended.errors, AllOf(HasSubstr("9 rows were rejected"), HasSubstr(file_ + ".rejects.csv")));
  EXPECT_EQ(GetTicket(*suite_, "tickets/cfpb-6").body(), "two\nlines");
  const std::string rejects = Rejects();
  EXPECT_THAT(rejects, StartsWith("\xef\xbb\xbf\"Reject line\",\"Reject reason\",\"Reject text\",\"Date received\""));
  for (const char* line :
       {"\"3\",\"it has 8 columns, and the header 9\"", "\"5\",\"a quote stands where none may",
        "\"7\",\"Consumer complaint narrative: has a NUL", "\"8\",\"Consumer complaint narrative: is not UTF-8",
        "\"9\",\"Date received: \"\"25 August\"\" is no time such as 2023-08-25",
        "\"10\",\"Complaint ID: \"\"\"\" is no id", "\"11\",\"ticket.body: ", "\"13\",\"a quote stands where none may",
        "\"19\",\"it has 7 columns, and the header 9; the file ends within this line"}) {
    EXPECT_THAT(rejects, HasSubstr(line));
  }
  struct stat found {};
  ASSERT_EQ(stat((file_ + ".rejects.csv").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 077U, 0U);  // it has what customers said
}

TEST_F(Import, TakesAMendedFileOfRejects) {
  EXPECT_EQ(Run(kHeader + Good(1) + "25 August,Loan,Car,Late,,,ACME,Web,2\n").code, 1);
  std::string rejects = Rejects();
  rejects.replace(rejects.find(",\"25 August"), 11, ",\"2023-08-25");
  WriteFile(folder_.File("mended.csv"), rejects);
  const Ended ended = suite_->Run({"import", "cfpb", folder_.File("mended.csv")});
  EXPECT_EQ(ended.code, 0) << ended.errors << rejects;
  EXPECT_EQ(GetTicket(*suite_, "tickets/cfpb-2").subject(), "Late");
}

TEST_F(Import, KeepsItsMemoryBoundedWhateverTheFile) {
  // 60 MB without a line's end, then 60 MB inside of one quote.
  std::string file = kHeader + Good(1) + std::string(60'000'000, 'x') + "\n" + Good(2) + "a,\"";
  for (int i = 0; i < 600'000; ++i)
    file += "no quote, and no end of this one at all: it goes on and on and on, line after line,,,,,,\n";
  file += Good(3);
  WriteFile(file_, file);
  const Ended ended = testing::RunToEnd(
      "/bin/sh", {"-c", fmt::format("{} exec '{}' import cfpb '{}' --rejects '{}' --port-base {}", kMemoryLimit,
                                    kDangol, file_, folder_.File("r.csv"), suite_->port_base())});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, StartsWith("600,004 rows: 3 new, 0 already there, 600,001 rejected")) << ended.errors;
}

TEST_F(Import, SaysThatNoServiceAnswers) {
  const Ended ended = Dangol({"import", "cfpb", kCfpb, "--port-base", std::to_string(testing::FreePorts())});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.errors, AllOf(HasSubstr("UNREACHABLE"), HasSubstr("run the same command again")));
  EXPECT_THAT(ended.output, IsEmpty()) << "0 new would say that they were there";
}

TEST_F(Import, EndsCleanlyAtCtrlC) {
  ASSERT_EQ(mkfifo(file_.c_str(), 0600), 0);
  ChildProcess import(kDangol, {"import", "cfpb", file_, "--port-base", std::to_string(suite_->port_base())});
  std::ofstream pipe(file_);
  // Much more than a pipe holds: so it is in the midst of it, and waits for the rest.
  pipe << kHeader;
  for (int i = 0; i < 10'000; ++i) pipe << Good(i);
  pipe.flush();
  import.Signal(SIGINT);
  EXPECT_EQ(import.Wait(kPatience), 130);
  EXPECT_THAT(import.output(),
              MatchesRegex("[0-9,]+ rows: [0-9,]+ new, 0 already there, 0 rejected.*\n(To take them back: .*\n)?"));
  EXPECT_THAT(import.errors(), HasSubstr("interrupted. What came in stays. To go on, run the same command again."));
}

TEST_F(Import, CanBeTakenBack) {
  std::string rows = kHeader;
  for (int i = 0; i < 3; ++i) rows += Good(i);
  WriteFile(file_, rows);
  const Ended ended = suite_->Run({"import", "cfpb", file_, "--name", "monday"});
  EXPECT_THAT(ended.output, HasSubstr("To take them back: dangol import undo monday\n")) << ended.errors;
  EXPECT_THAT(suite_->Run({"import", "list"}).output, HasSubstr("monday  3        0"));
  const std::string tickets = suite_->Run({"ticket", "list", "--import-name", "monday", "-o", "json"}).output;
  const auto ticket = testing::Parsed<tickets::v1::Ticket>(tickets.substr(0, tickets.find('\n') + 1));
  EXPECT_EQ(suite_->Run({"ticket", "ack", ticket.name()}).code, 0);
  EXPECT_EQ(suite_->Run({"import", "undo", "monday"}).output,
            "2 of 3 tickets taken back, 1 stay: somebody has touched them\n");
  EXPECT_THAT(suite_->Run({"ticket", "list", "--import-name", "monday"}).output, HasSubstr("SPAM"));
  const Ended again = suite_->Run({"import", "cfpb", file_, "--name", "monday"});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.errors, HasSubstr("IMPORT_UNDONE"));
  EXPECT_THAT(again.errors, Not(HasSubstr("Take another name")));
  const Ended other = suite_->Run({"import", "cfpb", file_, "--name", "tuesday"});
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.output, HasSubstr("3 rows: 0 new, 1 already there, 2 rejected"));
  EXPECT_THAT(Rejects(), HasSubstr("was taken back with imports/monday: dangol import restore monday"));
  EXPECT_EQ(suite_->Run({"import", "undo", "nothing"}).code, 1);
  EXPECT_EQ(suite_->Run({"import", "restore", "monday"}).output, "2 tickets given back\n");
  EXPECT_THAT(suite_->Run({"ticket", "list", "--import-name", "monday"}).output, Not(HasSubstr("SPAM")));
  EXPECT_THAT(suite_->Run({"import", "cfpb", file_, "--name", "monday"}).output, HasSubstr("3 already there"));
}

TEST_F(Import, NeverWritesRejectsOverAFile) {
  WriteFile(file_ + ".rejects.csv", "mended by hand");
  const Ended ended = Run(kHeader + std::string("x\n"));
  EXPECT_THAT(ended.errors, HasSubstr(file_ + ".rejects-2.csv has them"));
  EXPECT_EQ(Rejects(), "mended by hand");
  EXPECT_THAT(ReadFile(file_ + ".rejects-2.csv"), HasSubstr("\"2\",\"it has 1 columns"));
  const std::string content = kHeader + std::string("y\n");
  EXPECT_THAT(Run(content, {"--rejects", file_}).errors, HasSubstr("complaints-2.csv has them"));
  EXPECT_EQ(ReadFile(file_), content);
  EXPECT_THAT(Run(content, {"--rejects", "/proc/none/r.csv"}).errors, HasSubstr("REJECTS_UNWRITABLE"));
}

TEST_F(Import, TellsWhereAnIdStandsTwiceInTheFileWithOtherWords) {
  const std::string other = "2023-08-26,Loan,Car,Late,Very late,,ACME,Web,1\n";
  const Ended ended = Run(kHeader + Good(1) + Good(2) + other + Good(1));
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, StartsWith("4 rows: 2 new, 1 already there, 1 rejected"));
  EXPECT_THAT(Rejects(), HasSubstr("\"4\",\"line 2 has the same id, cfpb-1, and says something else"));
}

TEST_F(Import, TakesTheExportOfTheCfpbWithFullTimesAndNone) {
  const Ended ended = Run(kHeader + std::string("2026-06-22T12:00:00-05:00,Loan,None,Late,None,None,ACME,Web,1\n"
                                                "2026-06-22T12:00:00.000Z,Loan,Car,Late,Very late,None,ACME,Web,2\n"
                                                "2026-06-22 12:00:00,Loan,Car,Late,None,None,ACME,Web,3\n"));
  EXPECT_EQ(ended.code, 0) << ended.errors << Rejects();
  const Ticket ticket = GetTicket(*suite_, "tickets/cfpb-1");
  EXPECT_EQ(ticket.subject(), "Late");
  EXPECT_EQ(ticket.contact_reason(), "late");
  EXPECT_THAT(ticket.body(), StartsWith("A consumer complained about ACME (Loan): Late."));
  EXPECT_EQ(ticket.attributes().count("sub-product"), 0U);
  EXPECT_EQ(ticket.receive_time().seconds(), 1782147600);  // 2026-06-22 17:00 UTC
  EXPECT_EQ(GetTicket(*suite_, "tickets/cfpb-2").receive_time().seconds(), 1782129600);
}

TEST_F(Import, TakesAYearOfTwoDigitsForOneOf1969To2068) {
  const auto row = [](const std::string& day, int id) {
    return fmt::format("{},Loan,Car,Late,Very late,,ACME,Web,{}\n", day, id);
  };
  const Ended ended = Run(kHeader + row("06/22/26", 1) + row("06/22/85", 2) + row("06/22/45", 3) +
                          row("2999-01-01", 4) + row("6/22/023", 5));
  EXPECT_THAT(ended.output, StartsWith(Summary(5, 2, 3))) << ended.errors << Rejects();
  EXPECT_EQ(GetTicket(*suite_, "tickets/cfpb-1").receive_time().seconds(), 1782086400);  // 2026
  EXPECT_EQ(GetTicket(*suite_, "tickets/cfpb-2").receive_time().seconds(), 488246400);   // 1985
  for (const char* line : {"\"4\",\"ticket.", "\"5\",\"ticket.", "\"6\",\"Date received: \"\"6/22/023"}) {
    EXPECT_THAT(Rejects(), HasSubstr(line));
  }
}

TEST_F(Import, CountsForPrograms) {
  const Ended ended = Run(kHeader + Good(1) + "x\n", {"-o", "json", "--name", "monday"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.output, R"({"import":"monday","rows":2,"created":1,"existing":0,"rejected":1,"complete":true})"
                          "\n");
}

}  // namespace
}  // namespace dangol
