// Imports with a name: what they brought is known, and can be taken back.
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/services/tickets/customers_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using v1::Import;

class ImportTest : public CustomersTest {
 protected:
  absl::StatusOr<v1::BatchCreateTicketsResponse> Bring(const std::string& import, std::vector<std::string> ids,
                                                       bool history = false) {
    v1::BatchCreateTicketsRequest batch;
    batch.set_skip_existing(true);
    if (!import.empty()) batch.set_import_name("imports/" + import);
    for (const std::string& id : ids) {
      *batch.add_requests() = CreateRequest(id);
      if (history) batch.mutable_requests()->rbegin()->mutable_history();
    }
    return Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch);
  }
  absl::StatusOr<Import> Undo(const std::string& import) {
    v1::UndoImportRequest request;
    request.set_name("imports/" + import);
    return Call<Import>("UndoImport", request);
  }
  // As they are counted.
  void ExpectAllAreSpam(int64_t tickets) {
    const auto counts = Call<v1::CountTicketsResponse>("CountTickets", v1::CountTicketsRequest());
    for (const auto& state : counts->states())
      EXPECT_EQ(state.tickets(), state.state() == Ticket::SPAM ? tickets : 0) << state.ShortDebugString();
  }
  Import GetImport(const std::string& import) {
    v1::GetImportRequest request;
    request.set_name("imports/" + import);
    return Call<Import>("GetImport", request).value_or(Import());
  }
  Import UndoToItsEnd(const std::string& import) {
    EXPECT_TRUE(Undo(import).ok());
    tickets_.runtime().RunFor(absl::Minutes(1));
    return GetImport(import);
  }
  absl::StatusOr<Import> RestoreAll(const std::string& import) {
    v1::RestoreImportRequest request;
    request.set_name("imports/" + import);
    return Call<Import>("RestoreImport", request);
  }
  Import RestoreToItsEnd(const std::string& import) {
    EXPECT_TRUE(RestoreAll(import).ok());
    tickets_.runtime().RunFor(absl::Minutes(1));
    return GetImport(import);
  }
  // As it was, but for its version.
  void ExpectSame(Ticket now, const Ticket& was) {
    now.set_etag(was.etag());
    *now.mutable_update_time() = was.update_time();
    EXPECT_EQ(now.DebugString(), was.DebugString());
  }
  std::vector<std::string> TicketsOfImport(const std::string& import, v1::Order order = v1::ORDER_UNSPECIFIED) {
    v1::ListTicketsRequest request;
    request.set_import_name("imports/" + import);
    request.set_order(order);
    const auto page = Call<v1::ListTicketsResponse>("ListTickets", request);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::string> names;
    if (!page.ok()) return names;
    for (const Ticket& ticket : page->tickets()) names.push_back(ticket.name());
    return names;
  }
  absl::StatusOr<Ticket> Restore(const std::string& name) {
    v1::RestoreTicketRequest request;
    request.set_name(name);
    return Call<Ticket>("RestoreTicket", request);
  }
};

TEST_F(ImportTest, TicketsRememberTheImportThatBroughtThem) {
  ASSERT_TRUE(Bring("monday", {"a", "b"}).ok());
  Wait(absl::Minutes(1));
  ASSERT_TRUE(Bring("monday", {"b", "c"}).ok()) << "b is there already";
  ASSERT_TRUE(Bring("tuesday", {"d"}).ok());
  CreateOne("e");
  EXPECT_EQ(Get("tickets/a")->import_name(), "imports/monday");
  EXPECT_EQ(Get("tickets/e")->import_name(), "");
  EXPECT_THAT(TicketsOfImport("monday"), UnorderedElementsAre("tickets/a", "tickets/b", "tickets/c"));
  EXPECT_THAT(TicketsOfImport("monday", v1::DUE), UnorderedElementsAre("tickets/a", "tickets/b", "tickets/c"));
  EXPECT_EQ(GetImport("monday").tickets(), 3);
  const auto list = Call<v1::ListImportsResponse>("ListImports", v1::ListImportsRequest());
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->imports_size(), 2);
  EXPECT_EQ(list->imports(0).name(), "imports/tuesday") << "the newest first";
  ASSERT_TRUE(Bring("wednesday", {"a"}).ok());
  EXPECT_EQ(testing::Summary(Undo("wednesday").status()), "NOT_FOUND NOT_FOUND") << "it brought nothing";
}

TEST_F(ImportTest, UndoTakesBackWhatNobodyHasTouched) {
  ASSERT_TRUE(Bring("monday", {"quiet", "heard", "talked", "canonical", "by-program"}).ok());
  ASSERT_TRUE(Bring("", {"other"}).ok());
  ASSERT_TRUE(Acknowledge(AcknowledgeRequest("tickets/heard")).ok());
  ASSERT_TRUE(Say("tickets/talked", Message::CUSTOMER).ok());
  v1::CreateTicketRequest twin = CreateRequest("twin");
  twin.mutable_ticket()->set_customer(Get("tickets/canonical")->customer());
  MustTake(twin);
  v1::MarkTicketDuplicateRequest duplicate;
  duplicate.set_name("tickets/twin");
  duplicate.set_canonical("tickets/canonical");
  ASSERT_TRUE(Call<Ticket>("MarkTicketDuplicate", duplicate).ok());
  v1::UpdateTicketRequest update;
  update.set_name("tickets/by-program");
  update.mutable_ticket()->set_severity(Ticket::HIGH);
  const rpc::Principal program{.name = "importer", .roles = {"service"}, .stages = {}};
  ASSERT_TRUE(As(program, [&] { return Call<Ticket>("UpdateTicket", update); }).ok());

  const Import undone = UndoToItsEnd("monday");
  EXPECT_TRUE(undone.has_undo_finish_time());
  EXPECT_EQ(undone.withdrawn_tickets(), 2) << "quiet, and what no person has corrected";
  for (const char* id : {"quiet", "by-program"}) {
    const Ticket ticket = *Get(fmt::format("tickets/{}", id));
    EXPECT_EQ(ticket.state(), Ticket::SPAM);
    EXPECT_FALSE(ticket.has_hear_time()) << "nobody has read it";
    EXPECT_FALSE(ticket.has_due_time());
  }
  EXPECT_EQ(Get("tickets/heard")->state(), Ticket::HEARD);
  for (const char* id : {"talked", "canonical", "other"})
    EXPECT_EQ(Get(fmt::format("tickets/{}", id))->state(), Ticket::RECEIVED) << id;
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(ImportTest, UndoLeavesWhatPeopleHaveWorkedOn) {
  ASSERT_TRUE(Bring("monday", {"assigned", "needed", "given", "split", "photo", "accepted", "restored"}).ok());
  ASSERT_TRUE(Bring("monday", {"rated", "quiet"}, /*history=*/true).ok());
  const auto correct = [&](const std::string& name, auto change) {
    v1::UpdateTicketRequest update;
    update.set_name(name);
    change(*update.mutable_ticket());
    ASSERT_TRUE(Call<Ticket>("UpdateTicket", update).ok());
  };
  correct("tickets/assigned", [](Ticket& ticket) { ticket.set_assignee("members/kim"); });
  correct("tickets/needed", [](Ticket& ticket) { ticket.set_underlying_need("a birthday"); });
  correct("tickets/given", [](Ticket& ticket) { ticket.mutable_remedy()->set_kind(v1::Remedy::RESEND); });
  v1::SplitTicketRequest split;
  split.set_name("tickets/split");
  split.set_subject("And the bill is wrong");
  ASSERT_TRUE(Call<Ticket>("SplitTicket", split).ok());
  v1::CreateAttachmentRequest photo;
  photo.set_parent("tickets/photo");
  photo.mutable_attachment()->set_file_name("a.txt");
  photo.mutable_attachment()->set_media_type("text/plain");
  photo.mutable_attachment()->set_size_bytes(3);
  ASSERT_TRUE(Call<v1::Attachment>("CreateAttachment", photo).ok());
  ASSERT_TRUE(Accept(AcceptRequest("tickets/accepted")).ok());
  Tell(backlog::v1::DemandsUpdated::REFUSED, "tickets/accepted", 1, 1);
  v1::RateTicketRequest rate;
  rate.set_name("tickets/rated");
  rate.set_outcome_rating(2);
  ASSERT_TRUE(Call<Ticket>("RateTicket", rate).ok());

  EXPECT_EQ(UndoToItsEnd("monday").withdrawn_tickets(), 2);
  EXPECT_EQ(Get("tickets/restored")->state(), Ticket::SPAM);
  ASSERT_TRUE(Restore("tickets/restored").ok());
  RestoreToItsEnd("monday");
  EXPECT_EQ(UndoToItsEnd("monday").withdrawn_tickets(), 1) << "quiet: somebody wanted the other back";
  for (const char* id : {"assigned", "needed", "given", "split", "photo", "accepted", "restored"})
    EXPECT_EQ(Get(fmt::format("tickets/{}", id))->state(), Ticket::RECEIVED) << id;
  EXPECT_EQ(Get("tickets/rated")->state(), Ticket::CLOSED);
  EXPECT_EQ(Get("tickets/quiet")->state(), Ticket::SPAM);
}

TEST_F(ImportTest, WhatWasTakenBackCanBeRestoredAsItWas) {
  ASSERT_TRUE(Bring("open", {"a"}).ok());
  ASSERT_TRUE(Bring("history", {"h"}, /*history=*/true).ok());
  const Ticket before = *Get("tickets/a");
  const Ticket history = *Get("tickets/h");
  UndoToItsEnd("open");
  EXPECT_EQ(UndoToItsEnd("history").withdrawn_tickets(), 1);
  EXPECT_EQ(Get("tickets/h")->state(), Ticket::SPAM);
  EXPECT_THAT(Violations(), IsEmpty());
  for (const Ticket& was : {before, history}) {
    const auto restored = Restore(was.name());
    ASSERT_TRUE(restored.ok()) << restored.status();
    ExpectSame(*restored, was);
  }
}

TEST_F(ImportTest, OneCallRestoresAllThatWasTakenBack) {
  ASSERT_TRUE(Bring("monday", {"a", "b", "heard"}).ok());
  ASSERT_TRUE(Bring("monday", {"h"}, /*history=*/true).ok());
  ASSERT_TRUE(Acknowledge(AcknowledgeRequest("tickets/heard")).ok());
  const std::vector<Ticket> before = {*Get("tickets/a"), *Get("tickets/b"), *Get("tickets/h"), *Get("tickets/heard")};
  EXPECT_EQ(UndoToItsEnd("monday").withdrawn_tickets(), 3);
  ASSERT_TRUE(Restore("tickets/b").ok()) << "one by itself";
  const Import restored = RestoreToItsEnd("monday");
  EXPECT_EQ(restored.restored_tickets(), 2);
  EXPECT_EQ(restored.withdrawn_tickets(), 3) << "what the undo did stays known";
  EXPECT_TRUE(restored.has_restore_finish_time());
  for (const Ticket& was : before) ExpectSame(*Get(was.name()), was);
  EXPECT_EQ(Events().back().ticket_marked().ShortDebugString(), "");
  EXPECT_TRUE(Events().back().has_ticket_marked());
  EXPECT_EQ(RestoreAll("monday")->DebugString(), restored.DebugString()) << "it stays so";
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(ImportTest, ARestoredImportTakesMoreAndCanBeUndoneAgain) {
  ASSERT_TRUE(Bring("monday", {"a"}).ok());
  EXPECT_EQ(testing::Summary(RestoreAll("monday").status()), "FAILED_PRECONDITION IMPORT_NOT_UNDONE");
  EXPECT_EQ(testing::Summary(RestoreAll("nothing").status()), "NOT_FOUND NOT_FOUND");
  UndoToItsEnd("monday");
  RestoreToItsEnd("monday");
  ASSERT_TRUE(Bring("monday", {"b"}).ok());
  const Import undone = UndoToItsEnd("monday");
  EXPECT_EQ(undone.tickets(), 2);
  EXPECT_EQ(undone.withdrawn_tickets(), 2);
  EXPECT_EQ(undone.restored_tickets(), 0);
  EXPECT_FALSE(undone.has_restore_time());
  EXPECT_EQ(testing::Summary(Bring("monday", {"c"}).status()), "FAILED_PRECONDITION IMPORT_UNDONE");
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(ImportTest, TheLastWordHoldsWhereSweepsCross) {
  std::vector<std::string> ids;
  for (int i = 0; i < 450; ++i) ids.push_back(fmt::format("t{:03}", i));
  ASSERT_TRUE(Bring("large", ids).ok());
  ASSERT_TRUE(Undo("large").ok());
  tickets_.runtime().RunReady();
  ASSERT_TRUE(RestoreAll("large").ok());
  tickets_.Restart();
  tickets_.runtime().RunFor(absl::Minutes(1));
  for (const char* id : {"t000", "t300", "t449"})
    EXPECT_EQ(Get(fmt::format("tickets/{}", id))->state(), Ticket::RECEIVED) << id;
  ASSERT_TRUE(Undo("large").ok());
  tickets_.runtime().RunReady();
  ASSERT_TRUE(RestoreAll("large").ok());
  ASSERT_TRUE(Undo("large").ok());
  tickets_.runtime().RunFor(absl::Minutes(1));
  EXPECT_EQ(GetImport("large").withdrawn_tickets(), 450);
  ExpectAllAreSpam(450);
}

TEST_F(ImportTest, AnImportThatWasUndoneBringsNothingAnyMore) {
  ASSERT_TRUE(Bring("monday", {"a"}).ok());
  ASSERT_TRUE(Undo("monday").ok());
  EXPECT_EQ(testing::Summary(Bring("monday", {"b"}).status()), "FAILED_PRECONDITION IMPORT_UNDONE");
  EXPECT_EQ(testing::Summary(Get("tickets/b").status()), "NOT_FOUND NOT_FOUND");
  tickets_.runtime().RunFor(absl::Minutes(1));
  const Import undone = GetImport("monday");
  ASSERT_TRUE(Restore("tickets/a").ok());
  const auto again = Undo("monday");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->DebugString(), undone.DebugString()) << "it stays so";
  tickets_.runtime().RunFor(absl::Minutes(1));
  EXPECT_EQ(Get("tickets/a")->state(), Ticket::RECEIVED);
}

TEST_F(ImportTest, AnUndoGoesOnAfterARestart) {
  std::vector<std::string> ids;
  for (int i = 0; i < 450; ++i) ids.push_back(fmt::format("t{:03}", i));
  ASSERT_TRUE(Bring("large", ids).ok());
  ASSERT_TRUE(Undo("large").ok());
  tickets_.Restart();
  tickets_.runtime().RunFor(absl::Minutes(1));
  EXPECT_EQ(GetImport("large").withdrawn_tickets(), 450);
  ExpectAllAreSpam(450);
}

TEST_F(ImportTest, IntegrityFindsAWrongCount) {
  ASSERT_TRUE(Bring("monday", {"a"}).ok());
  tickets_.file().Execute("UPDATE ticket_import SET tickets = 2");
  EXPECT_THAT(Violations(), ElementsAre("ticket-lists imports/monday: counts 1 tickets too many"));
  tickets_is_whole_ = false;
}

}  // namespace
}  // namespace dangol::tickets
