// No personal datum stands in the feed or in a log line. Every free text of every request is marked, and the mark is
// looked for.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/log.h"
#include "tests/common/rpc/request_sites.h"
#include "tests/services/tickets/correctable.h"
#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using google::protobuf::MethodDescriptor;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Site;

// The company's own words, which may stand in the feed: names of resources and labels have a form that holds no free
// text, and the title of a draft is a text about the product.
bool IsFreeText(const Site& site) {
  return site.is_text() && site.path != "draft.title" && !site.output_only && site.rules.resource().empty() &&
         !site.rules.resource_id() && !site.rules.slug();
}

class PersonalDataTest : public TicketsTest {
 protected:
  static constexpr char kMark[] = "MINJI-KIM-01012345678";
  static constexpr char kMarkedPhone[] = "+82 10-1234-5678";

  // A request of the method that has the mark in every free text, and in its maps.
  std::unique_ptr<google::protobuf::Message> Marked(const MethodDescriptor* method) {
    std::unique_ptr<google::protobuf::Message> request(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(method->input_type())->New());
    testing::FillValid(*request);
    for (const Site& site : testing::SitesOf(method->input_type())) {
      if (site.path == "name" || site.path == "parent" || site.path == "names") site.SetText(*request, NameOf(method));
      if (site.path == "merged") site.SetText(*request, CreateOne().customer());
      if (site.path == "retain_until_time") site.SetTime(*request, 32'503'680'000, 0);  // the year 3000
      if (site.path == "change") site.Clear(*request);                                  // there is a draft
      if (method->name() == "RecordPreviewAnswer" && site.path == "change") site.SetText(*request, "changes/cold-box");
      if (site.path.ends_with("customer") && site.is_text()) site.Clear(*request);  // there is a sender, or nobody
      if (site.path.ends_with("referred_by")) site.Clear(*request);
      if (site.is_mask() && method->name() == "UpdateTicket") testing::MaskCorrectable(site, *request);
      if (method->name() == "RedactMessage" && site.path == "name") {
        site.SetText(*request, TicketOf(method) + "/messages/m");
      }
      if (site.path == "canonical") site.SetText(*request, "tickets/canonical");
      if (site.path.ends_with("_rating")) site.SetInteger(*request, 3);
      if (site.is_mask() && method->name() == "BatchUpdateTickets") testing::MaskCorrectable(site, *request);
      if (site.path == "disposition") site.SetEnum(*request, Ticket::RELIEF_GIVEN);
      if (site.path == "ticket_id" || site.path == "requests[0].ticket_id") site.Clear(*request);
      if (IsFreeText(site) && site.bytes_max() > sizeof(kMark)) site.SetText(*request, kMark);
      if (site.path.ends_with("time_zone")) site.SetText(*request, "Asia/Seoul");
      if (site.path.ends_with("remedy.currency_code")) site.SetText(*request, "KRW");
      if (site.path.ends_with("remedy.kind")) site.SetEnum(*request, v1::Remedy::REFUND);
      if (site.path == "attachment.media_type") site.SetText(*request, "text/plain");
      if (site.path == "attachment.sha256" || site.path == "attachment.message") site.Clear(*request);
      if (IsOfFile(method) && site.path == "name") site.SetText(*request, TicketOf(method) + "/attachments/f");
      if (method->name() == "UploadAttachment" && site.path == "offset") site.SetInteger(*request, 0);
      if (method->name().ends_with("Import") && site.path == "name") site.SetText(*request, "imports/i");
      if (site.path == "import_name") site.SetText(*request, "imports/j");
      if (method->name() == "UpdateCustomer" && site.path == "customer.external_ids[0].id") {
        site.SetText(*request, std::string(kMark) + "-2");  // the other is somebody's
      }
      if (site.path == "contact") site.SetText(*request, kMarkedPhone);
      if (site.field()->is_map()) site.SetEntry(*request, kMark, kMark);
      if (site.path.ends_with("etag") || site.path == "page_token" || site.path == "requests[0].request_id")
        site.Clear(*request);
    }
    return request;
  }
  // What the method acts on.
  std::string NameOf(const MethodDescriptor* method) {
    return method->service()->name() == "CustomerService" ? CreateOne().customer() : TicketOf(method);
  }
  static bool IsOfFile(const MethodDescriptor* method) {
    return method->name().ends_with("Attachment") && method->name() != "CreateAttachment";
  }
  // A ticket for the method alone, in a state that it can act on.
  static std::string TicketOf(const MethodDescriptor* method) {
    return "tickets/" + absl::AsciiStrToLower(method->name());
  }
  void MakeTicketOf(const MethodDescriptor* method) {
    const std::string name = TicketOf(method);
    CreateOne(name.substr(8));
    if (method->name() == "ReopenTicket") {
      EXPECT_TRUE(Decline(DeclineRequest(name)).ok());
    }
    if (method->name() == "RateTicket") {
      EXPECT_TRUE(Resolve(ResolveRequest(name)).ok());
    }
    if (method->name() == "RestoreTicket") {
      v1::MarkTicketSpamRequest spam;
      spam.set_name(name);
      EXPECT_TRUE(Call<Ticket>("MarkTicketSpam", spam).ok());
    }
    if (method->name() == "MarkTicketDuplicate" || method->name() == "RedactMessage") MakeKnown(name);
    if (IsOfFile(method)) MakeFile(name, method->name() != "UploadAttachment");
    if (method->name().ends_with("Import")) {
      v1::BatchCreateTicketsRequest batch;
      batch.set_import_name("imports/i");
      batch.add_requests()->mutable_ticket()->set_subject("x");
      (void)TicketsTest::Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch);
      v1::UndoImportRequest undo;
      undo.set_name("imports/i");
      if (method->name() == "RestoreImport") (void)TicketsTest::Call<v1::Import>("UndoImport", undo);
    }
    if (method->name() == "CloseTicket") {
      EXPECT_TRUE(Resolve(ResolveRequest(name)).ok());
    }
    if (method->name() == "DismissWaiting") {
      EXPECT_TRUE(Acknowledge(AcknowledgeRequest(name)).ok());
    }
    if (method->name() == "UnlinkTicket" || method->name() == "RecordPreviewAnswer") {
      EXPECT_TRUE(Accept(AcceptRequest(name)).ok());
    }
  }
  void MakeFile(const std::string& ticket, bool whole) {
    v1::CreateAttachmentRequest create;
    create.set_parent(ticket);
    create.set_attachment_id("f");
    create.mutable_attachment()->set_file_name("cup.txt");
    create.mutable_attachment()->set_media_type("text/plain");
    create.mutable_attachment()->set_size_bytes(5);
    (void)Call<v1::Attachment>("CreateAttachment", create);
    v1::UploadAttachmentRequest upload;
    upload.set_name(ticket + "/attachments/f");
    upload.set_data("bytes");
    if (whole) (void)Call<v1::Attachment>("UploadAttachment", upload);
  }
  // A customer with another ticket, and a message of the ticket.
  void MakeKnown(const std::string& name) {
    v1::CreateTicketRequest canonical = CreateRequest("canonical");
    canonical.mutable_ticket()->set_customer(Get(name)->customer());
    (void)Create(canonical);
    v1::CreateMessageRequest message = MessageRequest(name, Message::CUSTOMER);
    message.set_message_id("m");
    (void)Call<Message>("CreateMessage", message);
  }
  rpc::Reply Send(const MethodDescriptor* method, std::string bytes) {
    return tickets_.CallBytes(fmt::format("/{}/{}", method->service()->full_name(), method->name()), std::move(bytes));
  }
  static std::vector<const MethodDescriptor*> Methods() {
    std::vector<const MethodDescriptor*> methods;
    for (const char* name : {"dangol.tickets.v1.CustomerService", "dangol.tickets.v1.TicketService"}) {
      const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
      for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
    }
    return methods;
  }
};

TEST_F(PersonalDataTest, StandsInNoEventAndInNoLogLine) {
  SetUpLog("debug", LogFormat::kJson);
  ::testing::internal::CaptureStderr();
  for (const MethodDescriptor* method : Methods()) {
    MakeTicketOf(method);
    const std::unique_ptr<google::protobuf::Message> request = Marked(method);
    const rpc::Reply reply = Send(method, request->SerializeAsString());
    EXPECT_TRUE(reply.status.ok()) << method->name() << ": " << reply.status;
  }
  const std::string logged = ::testing::internal::GetCapturedStderr();
  SetUpLog("info", LogFormat::kJson);

  EXPECT_THAT(tickets_.file().DumpTable("ticket"), HasSubstr(kMark)) << "the test marks nothing";
  EXPECT_THAT(tickets_.file().DumpTable("message"), HasSubstr(kMark));
  EXPECT_THAT(tickets_.file().DumpTable("external_id"), HasSubstr(kMark));
  EXPECT_GE(Events().size(), 20u);
  for (const char* table : {"feed", "feed_head", "timer", "audit", "audit_resource"}) {
    EXPECT_THAT(tickets_.file().DumpTable(table), Not(HasSubstr(kMark))) << table;
  }
  EXPECT_THAT(logged, Not(HasSubstr(kMark)));
}

// Refusals show the value to the caller; the log does not.
TEST_F(PersonalDataTest, OfARefusedRequestStandsInNoLogLine) {
  SetUpLog("debug", LogFormat::kJson);
  ::testing::internal::CaptureStderr();
  for (const MethodDescriptor* method : Methods()) {
    MakeTicketOf(method);
    const std::string bytes = Marked(method)->SerializeAsString();
    Send(method, bytes.substr(0, bytes.size() - 1));
    Send(method, bytes);
    Send(method, bytes);  // now in another state, or under a request_id that was used
    for (const Site& site : testing::SitesOf(method->input_type())) {
      if (!site.is_text() || site.output_only || site.field()->is_repeated()) continue;
      auto wrong = Marked(method);
      site.SetText(*wrong, kMark + std::string(site.bytes_max(), 'x'));
      Send(method, wrong->SerializeAsString());
      wrong = Marked(method);
      site.SetText(*wrong, std::string(kMark) + "\x01 A");
      Send(method, wrong->SerializeAsString());
    }
  }
  tickets_.file().Execute("DROP TABLE message");  // storage fails with values in hand
  tickets_.Restart();
  for (const MethodDescriptor* method : Methods()) Send(method, Marked(method)->SerializeAsString());
  const std::string logged = ::testing::internal::GetCapturedStderr();
  SetUpLog("info", LogFormat::kJson);
  EXPECT_THAT(logged, HasSubstr(testing::OnPostgres() ? "error 42P01" : "no such table: message")) << "logs nothing";
  EXPECT_THAT(logged, Not(HasSubstr(kMark)));
}

}  // namespace
}  // namespace dangol::tickets
