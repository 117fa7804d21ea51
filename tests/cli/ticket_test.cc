// `dangol ticket` and `dangol change`
#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/tickets/v1/attachment.pb.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::Dangol;
using testing::Ended;
using testing::ExpectDone;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Parsed;
using testing::RunningSuite;
using ::testing::StartsWith;
using testing::TemporaryFolder;
using tickets::v1::Message;
using tickets::v1::Ticket;

class TicketVerbs : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  RunningSuite suite_{folder_.path()};
};

TEST_F(TicketVerbs, GoTheWayOfATicket) {
  const Ended created = suite_.Run({"ticket",       "create",     "--subject",        "Late",  "--body",     "A week!",
                                    "--ticket-id",  "t1",         "--source-channel", "web",   "--labels",   "a",
                                    "--labels",     "b",          "--attributes",     "k=v=w", "--severity", "high",
                                    "--occur-time", "2026-01-02", "--may-ask",        "-o",    "json"});
  EXPECT_EQ(created.code, 0) << created.errors;
  EXPECT_EQ(std::count(created.output.begin(), created.output.end(), '\n'), 1);
  const auto ticket = Parsed<Ticket>(created.output);
  EXPECT_EQ(ticket.name(), "tickets/t1");
  EXPECT_EQ(ticket.source().channel(), "web");
  EXPECT_EQ(ticket.labels_size(), 2);
  EXPECT_EQ(ticket.attributes().at("k"), "v=w");
  EXPECT_EQ(ticket.severity(), Ticket::HIGH);
  EXPECT_EQ(ticket.occur_time().seconds(), 1767312000);
  EXPECT_TRUE(ticket.may_ask());
  EXPECT_EQ(suite_.Run({"ticket", "ack", "tickets/t1", "--etag", "1", "--heard-summary", "A cake."}).code, 0);
  const Ended declined = suite_.Run({"ticket", "decline", "t1", "--reason", "beyond-capability", "--capability-gap",
                                     "cold-chain", "--reply", "Not yet.", "--decided-by", "kim"});
  EXPECT_EQ(declined.code, 0) << declined.errors;
  EXPECT_THAT(declined.output, AllOf(StartsWith("TICKET  STATE    RECEIVED"), HasSubstr("t1      NOT_YET  ")));
  const Ended messages = suite_.Run({"ticket", "messages", "t1", "-o", "json"});
  EXPECT_EQ(Parsed<Message>(messages.output).author(), "members/kim");
  const Ended details = suite_.Run({"ticket", "get", "t1"});
  EXPECT_THAT(details.output, AllOf(HasSubstr("heard summary            A cake.\n"),
                                    HasSubstr("decision capability gap  cold-chain\n")));
}

TEST_F(TicketVerbs, SayWhatIsWrong) {
  EXPECT_EQ(suite_.Run({"ticket", "create", "--subject", "Late", "--ticket-id", "t1"}).code, 0);
  const Ended state = suite_.Run({"ticket", "get", "t2"});
  EXPECT_EQ(state.code, 1);
  EXPECT_THAT(state.errors, StartsWith("dangol ticket get: NOT_FOUND (NOT_FOUND): tickets/t2 does not exist."));
  const Ended etag = suite_.Run({"ticket", "ack", "t1", "--etag", "7"});
  EXPECT_THAT(etag.errors, StartsWith("dangol ticket ack: ABORTED"));
  const Ended empty = suite_.Run({"ticket", "decline", "t1", "--reason", "UNSUSTAINABLE"});
  EXPECT_THAT(empty.errors, AllOf(HasSubstr("\n  --reply: is empty"), HasSubstr("\n  --decided-by: is empty")));
  EXPECT_THAT(suite_.Run({"ticket", "create", "--subject", std::string(2000, 'x')}).errors,
              AllOf(HasSubstr("\n  --subject: "), Not(HasSubstr("ticket.subject"))));
  EXPECT_THAT(suite_.Run({"ticket", "create", "--subject", "x", "--source-channel", "C D"}).errors,
              HasSubstr("\n  --source-channel: "));
  EXPECT_EQ(suite_.Run({"change", "list", "--address", "127.0.0.1:1"}).code, 1);
}

TEST_F(TicketVerbs, CorrectDismissAndClose) {
  for (const char* id : {"t1", "t2"}) {
    ExpectDone(suite_.Run({"ticket", "create", "--subject", "Late", "--ticket-id", id}));
  }
  const Ended updated = suite_.Run({"ticket", "update", "t1", "--kind", "question", "--assignee", "kim", "-o", "json"});
  EXPECT_EQ(updated.code, 0) << updated.errors;
  EXPECT_EQ(Parsed<Ticket>(updated.output).kind(), Ticket::QUESTION);
  EXPECT_EQ(Parsed<Ticket>(updated.output).subject(), "Late");
  const Ended mine = suite_.Run({"ticket", "list", "--view", "inbox", "--assignee", "kim", "--kind", "question"});
  EXPECT_THAT(mine.output, AllOf(HasSubstr("\nt1  "), Not(HasSubstr("t2"))));
  const Ended cleared = suite_.Run({"ticket", "update", "t1", "--assignee", "", "-o", "json"});
  EXPECT_EQ(Parsed<Ticket>(cleared.output).assignee(), "") << cleared.errors;
  ExpectDone(suite_.Run({"ticket", "resolve", "t1", "--disposition", "informed", "--decided-by", "kim"}));
  EXPECT_THAT(suite_.Run({"ticket", "close", "t1"}).errors, HasSubstr("REPLY_OWED"));
  ExpectDone(suite_.Run({"ticket", "dismiss", "t1"}));
  ExpectDone(suite_.Run({"ticket", "close", "t1"}));
  EXPECT_THAT(suite_.Run({"ticket", "list", "--state", "closed"}).output, HasSubstr("t1      CLOSED INFORMED"));
}

TEST_F(TicketVerbs, RepeatARequestWithItsId) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(suite_.Run({"ticket", "create", "--subject", "Late", "--request-id", "r1"}).code, 0);
    EXPECT_EQ(suite_.Run({"ticket", "create", "--subject", "Late"}).code, 0);
  }
  const Ended all = suite_.Run({"ticket", "list", "-o", "json"});
  EXPECT_EQ(std::count(all.output.begin(), all.output.end(), '\n'), 3);  // once r1, and one for each of the others
}

TEST_F(TicketVerbs, ListPageByPageUpToTheEnd) {
  std::string requests;
  for (int i = 0; i < 130; ++i) {
    requests += fmt::format(R"({}{{"ticketId":"t{}","ticket":{{"subject":"Late","contactReason":"{}"}}}})",
                            i == 0 ? "" : ",", i, i % 10 == 0 ? "delivery/late" : "bill");
  }
  EXPECT_EQ(
      suite_
          .Run({"call", "dangol.tickets.v1.TicketService/BatchCreateTickets", "-"}, "{\"requests\":[" + requests + "]}")
          .code,
      0);
  EXPECT_EQ(suite_.Run({"ticket", "ack", "t7"}).code, 0);

  const Ended page = suite_.Run({"ticket", "list"});
  EXPECT_EQ(page.code, 0);
  EXPECT_EQ(std::count(page.output.begin(), page.output.end(), '\n'), 51);
  EXPECT_THAT(page.errors, HasSubstr("there are more behind these 50; --all shows them"));
  const Ended all = suite_.Run({"ticket", "list", "--all"});
  EXPECT_EQ(std::count(all.output.begin(), all.output.end(), '\n'), 131);
  EXPECT_THAT(all.errors, IsEmpty());
  const Ended heard = suite_.Run({"ticket", "list", "--state", "heard", "-o", "json"});
  EXPECT_EQ(Parsed<Ticket>(heard.output).name(), "tickets/t7");
  // All of a rare reason, although a page of the service has fewer.
  for (const char* reason : {"delivery", "delivery/late"}) {
    const Ended late = suite_.Run({"ticket", "list", "--contact-reason", reason, "-o", "json"});
    EXPECT_EQ(std::count(late.output.begin(), late.output.end(), '\n'), 13) << reason;
    EXPECT_THAT(late.errors, IsEmpty());
  }
  const Ended none = suite_.Run({"ticket", "list", "--contact-reason", "deliver"});
  EXPECT_EQ(none.code, 0);
  EXPECT_THAT(none.output, IsEmpty());
}

TEST_F(TicketVerbs, AlignKoreanAndKeepControlCharactersOut) {
  EXPECT_EQ(
      suite_.Run({"ticket", "create", "--subject", "늦게 왔어요", "--ticket-id", "t1", "--contact-reason", "delivery"})
          .code,
      0);
  const Ended refused = suite_.Run({"ticket", "create", "--subject", "\x1b[31mred", "--ticket-id", "t2"});
  EXPECT_NE(refused.code, 0);
  EXPECT_THAT(refused.errors, AllOf(HasSubstr("--subject"), HasSubstr("U+001B"), Not(HasSubstr("\x1b"))));
  EXPECT_EQ(suite_.Run({"ticket", "create", "--subject", "red", "--body", "two\nlines", "--ticket-id", "t2"}).code, 0);
  EXPECT_EQ(suite_
                .Run({"call", "dangol.tickets.v1.TicketService/CreateMessage",
                      R"({"parent":"tickets/t1","message":{"kind":"CUSTOMER","author":"김철수","body":"안녕하세요"}})"})
                .code,
            0);
  EXPECT_EQ(suite_
                .Run({"call", "dangol.tickets.v1.TicketService/CreateMessage",
                      R"({"parent":"tickets/t1","message":{"kind":"PUBLIC","author":"Jo","body":"Hello"}})"})
                .code,
            0);
  const Ended list = suite_.Run({"ticket", "list"});
  EXPECT_THAT(list.output, HasSubstr(" red\n"));
  EXPECT_THAT(suite_.Run({"ticket", "get", "t2"}).output, HasSubstr("two\n  lines"));
  EXPECT_THAT(suite_.Run({"ticket", "messages", "t1"}).output,
              AllOf(HasSubstr("CUSTOMER  김철수  안녕하세요\n"), HasSubstr("PUBLIC    Jo      Hello\n")));
}

TEST_F(TicketVerbs, WriteToTheCustomerAndToColleagues) {
  ExpectDone(suite_.Run({"ticket", "create", "--subject", "Late", "--ticket-id", "t1"}));
  ExpectDone(suite_.Run({"ticket", "reply", "t1", "--body", "It is on its way.\tSorry!"}));
  ExpectDone(suite_.Run({"ticket", "note", "t1", "--body", "Third time", "--author", "Kim"}));
  EXPECT_THAT(suite_.Run({"ticket", "messages", "t1"}).output,
              AllOf(HasSubstr("PUBLIC "), HasSubstr("It is on its way. Sorry!\n"), HasSubstr("INTERNAL  Kim"),
                    HasSubstr("Third time\n")));
  EXPECT_EQ(suite_.Run({"ticket", "reply", "t1", "--kind", "CUSTOMER", "--body", "x"}).code, 2);
}

TEST_F(TicketVerbs, CountContactReasons) {
  for (const char* reason : {"delivery/late", "bill", "delivery/late"})
    ExpectDone(suite_.Run({"ticket", "create", "--subject", "Late", "--contact-reason", reason}));
  ExpectDone(suite_.Run({"ticket", "create", "--subject", "Late", "--ticket-id", "t1"}));
  ExpectDone(
      suite_.Run({"ticket", "resolve", "t1", "--disposition", "INFORMED", "--reply", "x", "--decided-by", "kim"}));
  EXPECT_EQ(suite_.Run({"ticket", "reasons"}).output,
            "CONTACT REASON  TICKETS  OPEN\n"
            "-               1        0\n"
            "bill            1        1\n"
            "delivery/late   2        2\n");
  EXPECT_THAT(suite_.Run({"ticket", "reasons", "-o", "json"}).output,
              HasSubstr(R"({"contactReason":"delivery/late","tickets":2,"open":2})"));
}

TEST_F(TicketVerbs, KeepFilesAndGiveThemBack) {
  ExpectDone(suite_.Run({"ticket", "create", "--subject", "Broken", "--ticket-id", "t1"}));
  const std::string path = folder_.File("cup.png");
  std::string bytes = "\x89PNG\r\n\x1a\n";
  bytes.resize(700'000, 'p');  // three calls
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_THAT(suite_.Run({"ticket", "attach", "t1", path}).output, HasSubstr("kept, 683.6 KiB"));
  const auto listed = suite_.Run({"ticket", "attachments", "t1", "-o", "json"});
  const auto attachment = Parsed<tickets::v1::Attachment>(listed.output);
  EXPECT_EQ(attachment.media_type(), "image/png");
  EXPECT_THAT(suite_.Run({"ticket", "attachments", "t1"}).output, HasSubstr("cup.png"));
  const std::string back = folder_.File("back.png");
  ExpectDone(suite_.Run({"ticket", "download", attachment.name(), "--to", back}));
  std::ifstream file(back, std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), bytes);
  EXPECT_THAT(suite_.Run({"ticket", "download", attachment.name(), "--to", back}).errors, HasSubstr("already"));
  ExpectDone(suite_.Run({"ticket", "redact-attachment", attachment.name()}));
  EXPECT_THAT(suite_.Run({"ticket", "attachments", "t1"}).output, HasSubstr("(redacted)"));
  EXPECT_THAT(suite_.Run({"ticket", "attach", "t1", folder_.File("none.png")}).errors, HasSubstr("cannot be read"));
}

TEST_F(TicketVerbs, ShowACase) {
  EXPECT_EQ(suite_
                .Run({"ticket", "create", "--ticket-id", "cup", "--subject", "Broken", "--body",
                      "It came in two parts.\nBoth are blue.", "--sender-display-name", "Minji", "--sender-phone",
                      "010-1234-5678", "--source-channel", "email", "--contact-reason", "delivery/broken"})
                .code,
            0);
  const Ended before = suite_.Run({"ticket", "show", "cup"});
  EXPECT_EQ(before.code, 0) << before.errors;
  EXPECT_THAT(before.output,
              AllOf(StartsWith("tickets/cup  Broken\nCOMPLAINT about delivery/broken, by email: RECEIVED\n"),
                    HasSubstr("Who           Minji, 010-1234-5678, dangol customer timeline "),
                    HasSubstr("Now           We owe a reply: the customer waits since "), HasSubstr(" left)\n"),
                    HasSubstr("Now           We owe a decision, due "), HasSubstr("Works on it   nobody\n"),
                    HasSubstr("  The customer\n    It came in two parts.\n    Both are blue.\n"),
                    Not(HasSubstr("Files")), HasSubstr("the company received it")));
  const std::string photo = folder_.File("cup.txt");
  testing::WriteFile(photo, "blue");
  EXPECT_EQ(suite_.Run({"ticket", "attach", "cup", photo}).code, 0);
  EXPECT_EQ(suite_.Run({"ticket", "note", "cup", "--body", "The third this week."}).code, 0);
  const Ended resolved =
      suite_.Run({"ticket", "resolve", "cup", "--disposition", "informed", "--reply", "Sorry.", "--decided-by", "kim"});
  EXPECT_EQ(resolved.code, 0) << resolved.errors;
  const Ended after = suite_.Run({"ticket", "show", "cup"});
  EXPECT_THAT(after.output, AllOf(HasSubstr("ANSWERED (INFORMED)\n"), HasSubstr("Now           It is closed "),
                                  HasSubstr("  A note for colleagues, operator\n    The third this week.\n"),
                                  HasSubstr("  To the customer, "), HasSubstr("    Sorry.\n"),
                                  HasSubstr("  cup.txt  text/plain, 4 B  (dangol ticket download tickets/cup/")));
  EXPECT_EQ(Parsed<Ticket>(suite_.Run({"ticket", "show", "cup", "-o", "json"}).output).name(), "tickets/cup");
  EXPECT_EQ(suite_.Run({"ticket", "show", "nothing"}).code, 1);
}

TEST_F(TicketVerbs, TakeManyFurtherInOneCall) {
  for (const char* id : {"t1", "t2", "t3"})
    ExpectDone(suite_.Run({"ticket", "create", "--subject", "Late", "--ticket-id", id, "--labels", "old"}));
  const std::string listed = suite_.Run({"ticket", "list", "--label", "old", "-o", "json"}).output;
  EXPECT_EQ(suite_.Run({"ticket", "update-many", "--severity", "LOW", "--assignee", "kim"}, listed).output, "3 done\n");
  EXPECT_THAT(suite_.Run({"ticket", "get", "t2"}).output, AllOf(HasSubstr("LOW"), HasSubstr("members/kim")));
  ExpectDone(suite_.Run({"ticket", "spam", "t3"}));
  const Ended resolved = suite_.Run({"ticket", "resolve-many", "t1", "t3", "--names", "t4", "--disposition", "INFORMED",
                                     "--reply", "It comes today.", "--decided-by", "kim"});
  EXPECT_EQ(resolved.output, "1 done, 1 skipped: NOT_FOUND, 1 skipped: WRONG_STATE\n");
  EXPECT_EQ(resolved.code, 1);
  EXPECT_EQ(suite_.Run({"ticket", "update-many", "t1", "--severity", "HIGH"}).code, 0);
  EXPECT_EQ(suite_.Run({"ticket", "update-many", "nosuch", "--severity", "HIGH", "-o", "json"}).code, 1);
  EXPECT_EQ(suite_.Run({"ticket", "reply-many", "--body", "x"}, "").code, 1);
}

TEST_F(TicketVerbs, Split) {
  ExpectDone(suite_.Run({"ticket", "create", "--subject", "Broken", "--ticket-id", "t1"}));
  ExpectDone(suite_.Run({"ticket", "split", "t1", "--ticket-id", "t2", "--subject", "And the bill is wrong"}));
  EXPECT_EQ(Parsed<Ticket>(suite_.Run({"ticket", "get", "t2", "-o", "json"}).output).split_from(), "tickets/t1");
  EXPECT_THAT(suite_.Run({"ticket", "get", "t1"}).output, HasSubstr("tickets/t2"));
}

TEST_F(TicketVerbs, SayWhichCauseReopens) {
  ExpectDone(suite_.Run({"ticket", "create", "--subject", "Late", "--ticket-id", "t1"}));
  EXPECT_THAT(suite_.Run({"ticket", "reopen", "t1", "--cause", "APPEAL"}).errors,
              HasSubstr("tickets/t1 is RECEIVED; no cause reopens it"));
  ExpectDone(
      suite_.Run({"ticket", "resolve", "t1", "--disposition", "INFORMED", "--reply", "x", "--decided-by", "kim"}));
  const Ended refused = suite_.Run({"ticket", "reopen", "t1", "--cause", "NOT_FIXED"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("tickets/t1 is ANSWERED; it was answered without a change: --cause "
                                        "NOT_SATISFIED reopens it.\n"));
}

TEST_F(TicketVerbs, ShowTimesInTheZoneOfTheComputer) {
  ExpectDone(suite_.Run(
      {"ticket", "create", "--subject", "Late", "--ticket-id", "t1", "--receive-time", "2026-01-02T20:30:00Z"}));
  const auto run = [&](std::vector<std::string> arguments) {
    return Dangol(std::move(arguments),
                  {"", {fmt::format("DANGOL_PORT_BASE={}", suite_.port_base()), "TZ=Fixed/UTC+09:00:00"}, ""})
        .output;
  };
  EXPECT_THAT(run({"ticket", "list"}), AllOf(HasSubstr("RECEIVED (+09)"), HasSubstr("2026-01-03 05:30")));
  EXPECT_THAT(run({"ticket", "list", "--utc"}), AllOf(HasSubstr("RECEIVED (UTC)"), HasSubstr("2026-01-02 20:30")));
  EXPECT_THAT(run({"ticket", "get", "t1"}), HasSubstr("2026-01-03 05:30:00 +09"));
  // A rule of POSIX is one, too.
  EXPECT_THAT(
      Dangol({"ticket", "list"}, {"", {fmt::format("DANGOL_PORT_BASE={}", suite_.port_base()), "TZ=KST-9"}, ""}).output,
      HasSubstr("2026-01-03 05:30"));
  // What is given without a zone is in that zone, too.
  EXPECT_THAT(run({"ticket", "create", "--subject", "x", "--receive-time", "2026-01-02", "-o", "json"}),
              HasSubstr("2026-01-01T15:00:00Z"));
  EXPECT_THAT(run({"ticket", "create", "--subject", "x", "--receive-time", "2026-01-02", "-o", "json", "--utc"}),
              HasSubstr("2026-01-02T00:00:00Z"));
}

TEST_F(TicketVerbs, EscapeInJsonWhatWouldSteerATerminal) {
  ExpectDone(suite_.Run({"ticket", "create", "--subject", "x", "--body", "a\u2066b", "--ticket-id", "t1"}));
  const Ended json = suite_.Run({"ticket", "get", "t1", "-o", "json"});
  EXPECT_THAT(json.output, HasSubstr("a\\u2066b"));
  EXPECT_EQ(Parsed<Ticket>(json.output).body(), "a\u2066b");
}

}  // namespace
}  // namespace dangol
