// ListCustomerTimeline and ExportCustomer.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/rpc/paging.h"
#include "tests/services/tickets/customers_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using v1::TimelineEntry;

class TimelineTest : public CustomersTest {
 protected:
  // `STEP ticket`, the newest first.
  std::vector<std::string> Timeline(const std::string& customer, int page_size) {
    v1::ListCustomerTimelineRequest request;
    request.set_parent(customer);
    request.set_page_size(page_size);
    std::vector<std::string> lines;
    do {
      const auto page = CallCustomers<v1::ListCustomerTimelineResponse>("ListCustomerTimeline", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const TimelineEntry& entry : page->entries()) {
        lines.push_back(fmt::format("{} {}", TimelineEntry::Step_Name(entry.step()), entry.ticket().substr(8)));
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return lines;
  }
  absl::StatusOr<v1::Attachment> Announce(const std::string& ticket, const std::string& file_name) {
    v1::CreateAttachmentRequest request;
    request.set_parent(ticket);
    request.set_attachment_id("photo");
    request.mutable_attachment()->set_file_name(file_name);
    request.mutable_attachment()->set_media_type("text/plain");
    request.mutable_attachment()->set_size_bytes(6);
    return Call<v1::Attachment>("CreateAttachment", request);
  }
  // `STEP ticket` of an export, page by page.
  std::vector<std::string> Export(const std::string& customer, int page_size) {
    v1::ExportCustomerRequest request;
    request.set_name(customer);
    request.set_page_size(page_size);
    std::vector<std::string> lines;
    do {
      const auto page = CallCustomers<v1::ExportCustomerResponse>("ExportCustomer", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      EXPECT_EQ(page->has_customer(), request.page_token().empty());
      for (const TimelineEntry& entry : page->entries()) {
        lines.push_back(fmt::format("{} {}", TimelineEntry::Step_Name(entry.step()), entry.ticket().substr(8)));
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return lines;
  }
  // Two tickets of two names of one person.
  std::string MakeStory() {
    v1::CreateTicketRequest request = FromPhone("010-1234-5678");
    request.set_ticket_id("a");
    const Ticket first = MustTake(request);
    Wait(absl::Seconds(1));
    request = FromEmail("minji@example.com");
    request.set_ticket_id("b");
    const Ticket second = MustTake(request);
    Wait(absl::Seconds(1));
    EXPECT_TRUE(Say("tickets/a", Message::CUSTOMER).ok());
    Wait(absl::Seconds(1));
    EXPECT_TRUE(Resolve(ResolveRequest("tickets/a")).ok());
    EXPECT_TRUE(Merge(first.customer(), second.customer()).ok());
    return second.customer();
  }
};

TEST_F(TimelineTest, TellsWhatHappenedNewestFirst) {
  const std::string customer = MakeStory();
  // The reply, and what it was part of, are of one moment.
  const auto expected =
      ElementsAre("MESSAGE a", "ANSWERED a", "DECIDED a", "HEARD a", "MESSAGE a", "RECEIVED b", "RECEIVED a");
  EXPECT_THAT(Timeline(customer, 1000), expected);
  EXPECT_THAT(Timeline(customer, 1), expected);
  EXPECT_THAT(Timeline(customer, 3), expected);
}

TEST_F(TimelineTest, ExportGivesAllWords) {
  v1::ExportCustomerRequest request;
  request.set_name(MakeStory());
  const auto all = CallCustomers<v1::ExportCustomerResponse>("ExportCustomer", request);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->customer().contact_points_size(), 2);
  ASSERT_EQ(all->entries_size(), 7);
  EXPECT_EQ(all->entries(1).message().body(), "We are sorry. The money is on its way.");
  EXPECT_EQ(all->entries(6).received().subject(), "It came late");
}

TEST_F(TimelineTest, ExportGoesTicketByTicket) {
  const std::string customer = MakeStory();
  const auto expected =
      ElementsAre("RECEIVED b", "MESSAGE a", "ANSWERED a", "DECIDED a", "HEARD a", "MESSAGE a", "RECEIVED a");
  for (const int page_size : {1, 2, 3, 1000}) EXPECT_THAT(Export(customer, page_size), expected) << page_size;
}

TEST_F(TimelineTest, APageOfAnExportHoldsNothingOfOthers) {
  v1::ExportCustomerRequest request;
  request.set_name(MakeStory());
  MustTake(CreateRequest("stranger"));
  const std::string position =
      fmt::format("{} {} {} stranger ", absl::ToUnixMicros(Now()),
                  absl::ToUnixMicros(absl::FromUnixSeconds(4'000'000'000)), static_cast<int>(TimelineEntry::MESSAGE));
  request.set_page_token(rpc::MakePageToken(request, position));
  const auto page = CallCustomers<v1::ExportCustomerResponse>("ExportCustomer", request);
  ASSERT_TRUE(page.ok()) << page.status();
  for (const TimelineEntry& entry : page->entries()) EXPECT_NE(entry.ticket(), "tickets/stranger");
  EXPECT_EQ(page->entries_size(), 7);
}

TEST_F(TimelineTest, FilesStandWhereTheyCame) {
  const std::string customer = MakeStory();
  ASSERT_TRUE(Announce("tickets/b", "broken cup.txt").ok());
  v1::UploadAttachmentRequest upload;
  upload.set_name("tickets/b/attachments/photo");
  upload.set_data("broken");
  ASSERT_TRUE(Call<v1::Attachment>("UploadAttachment", upload).ok());
  EXPECT_EQ(Timeline(customer, 1000).front(), "ATTACHMENT b");
  EXPECT_EQ(Export(customer, 1).front(), "ATTACHMENT b");
  v1::ExportCustomerRequest request;
  request.set_name(customer);
  const auto all = CallCustomers<v1::ExportCustomerResponse>("ExportCustomer", request);
  ASSERT_TRUE(all.ok()) << all.status();
  const v1::Attachment& file = all->entries(0).attachment();
  EXPECT_EQ(file.file_name(), "broken cup.txt");
  EXPECT_EQ(file.received_bytes(), 6);
  v1::DownloadAttachmentRequest download;
  download.set_name(file.name());
  EXPECT_EQ(Call<v1::DownloadAttachmentResponse>("DownloadAttachment", download)->data(), "broken");
}

// A timeline looks at the newest 2,000 tickets; who asks what is stored is told all.
TEST_F(TimelineTest, ExportHasAllTicketsHoweverMany) {
  constexpr int kTickets = 2'100;
  v1::BatchCreateTicketsRequest batch;
  for (int i = 0; i < kTickets; ++i) {
    *batch.add_requests() = FromPhone("010-1234-5678");
    batch.mutable_requests()->rbegin()->set_ticket_id(fmt::format("t{:04}", i));
    if (batch.requests_size() < 300) continue;
    ASSERT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch).ok());
    batch.clear_requests();
  }
  const std::string customer = Get("tickets/t0000")->customer();
  EXPECT_EQ(Timeline(customer, 1000).size(), 2'000);
  const std::vector<std::string> lines = Export(customer, 1000);
  EXPECT_EQ(lines.size(), kTickets);
  EXPECT_EQ(lines.front(), "RECEIVED t2099");
  EXPECT_EQ(lines.back(), "RECEIVED t0000");
}

}  // namespace
}  // namespace dangol::tickets
