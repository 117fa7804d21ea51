// What an erasure leaves in the bytes of a PostgreSQL server's files, and what its operator does to have nothing left.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "dangol/tickets/v1/customer_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/service.h"
#include "tests/support/eventually.h"
#include "tests/support/local_service.h"
#include "tests/support/postgres_server.h"

namespace dangol::tickets {
namespace {

using v1::Customer;
using v1::Ticket;

constexpr char kSecret[] = "secret-";
constexpr int kTickets = 300;
constexpr absl::Duration kPatience = absl::Minutes(1);

class ErasePostgresTest : public ::testing::Test {
 protected:
  static service::Options OptionsOf(const testing::PostgresServer& server) {
    service::Options options;
    options.database_url = server.UrlOf("postgres");
    return options;
  }
  template <typename Response>
  Response Must(const std::string& method, const google::protobuf::Message& request) {
    const auto response = service_.Call<Response>("/dangol.tickets.v1." + method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.value_or(Response());
  }
  std::string Secret() { return fmt::format("{}{:06}", kSecret, secrets_++); }

  // Returns the customer.
  std::string Fill() {
    v1::BatchCreateTicketsRequest batch;
    for (int i = 0; i < kTickets; ++i) {
      v1::CreateTicketRequest& one = *batch.add_requests();
      one.set_ticket_id(fmt::format("t{}", i));
      one.mutable_ticket()->set_subject(Secret());
      // Long ones are kept beside the table.
      one.mutable_ticket()->set_body(Secret() + std::string(i % 3 == 0 ? 9'000 : 300, 'x') + Secret());
      one.mutable_ticket()->set_order(Secret());
      one.mutable_sender()->set_email("secret-minji@example.com");
    }
    const auto created = Must<v1::BatchCreateTicketsResponse>("TicketService/BatchCreateTickets", batch);
    for (int i = 0; i < kTickets; i += 3) {
      v1::CreateMessageRequest message;
      message.set_parent(fmt::format("tickets/t{}", i));
      message.mutable_message()->set_kind(v1::Message::CUSTOMER);
      message.mutable_message()->set_body(Secret());
      Must<v1::Message>("TicketService/CreateMessage", message);
    }
    Attach("tickets/t0");
    return created.tickets_size() == 0 ? "" : created.tickets(0).customer();
  }
  void Attach(const std::string& ticket) {
    const std::string content = Secret() + std::string(50'000, 'y') + Secret();
    v1::CreateAttachmentRequest create;
    create.set_parent(ticket);
    create.mutable_attachment()->set_file_name(Secret() + ".txt");
    create.mutable_attachment()->set_media_type("text/plain");
    create.mutable_attachment()->set_size_bytes(static_cast<int64_t>(content.size()));
    v1::UploadAttachmentRequest upload;
    upload.set_name(Must<v1::Attachment>("TicketService/CreateAttachment", create).name());
    upload.set_data(content);
    Must<v1::Attachment>("TicketService/UploadAttachment", upload);
  }
  void EraseToItsEnd(const std::string& customer) {
    v1::EraseCustomerRequest erase;
    erase.set_name(customer);
    Must<Customer>("CustomerService/EraseCustomer", erase);
    v1::GetCustomerRequest get;
    get.set_name(customer);
    ASSERT_TRUE(testing::Eventually(
        [&] { return Must<Customer>("CustomerService/GetCustomer", get).state() == Customer::ERASED; }, kPatience));
  }

  // How often the secret stands in the files of a folder of the server; empty: of all of them, its log, too.
  int Found(const std::string& folder) {
    int found = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(own_.server().folder + folder)) {
      if (!file.is_regular_file()) continue;
      std::ifstream stream(file.path(), std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(stream), {});
      for (size_t at = bytes.find(kSecret); at != std::string::npos; at = bytes.find(kSecret, at + 1)) ++found;
    }
    return found;
  }
  void Execute(const std::string& sql) { testing::PostgresSession(own_.server().UrlOf("postgres")).Execute(sql); }

  const testing::OwnPostgresServer own_;
  testing::LocalService service_{TicketsService(), OptionsOf(own_.server())};
  int secrets_ = 0;
};

TEST_F(ErasePostgresTest, NothingIsLeftInTheFilesOnceTablesAndLogAreWrittenAnew) {
  const std::string customer = Fill();
  Execute("ANALYZE");  // samples of the columns are kept, too
  Execute("CHECKPOINT");
  EXPECT_GT(Found("/data/base"), kTickets) << "the test hides nothing";
  EXPECT_GT(Found("/data/pg_wal"), kTickets);
  EraseToItsEnd(customer);
  Execute("VACUUM");
  Execute("CHECKPOINT");
  EXPECT_GT(Found("/data/base"), 0) << "it frees the space of old rows, whose bytes stay until others take it";

  Execute("ANALYZE");  // first, since it leaves the samples of before as old rows
  Execute("VACUUM FULL");
  Execute("CHECKPOINT");
  EXPECT_EQ(Found("/data/base"), 0);
  // Its write-ahead log goes by itself with time. Who wants to have it gone now:
  Execute("ALTER SYSTEM SET wal_recycle = off");
  Execute("SELECT pg_reload_conf()");
  Execute("SELECT pg_switch_wal()");
  Execute("CHECKPOINT");
  EXPECT_EQ(Found("/data/pg_wal"), 0);
  EXPECT_EQ(Found(""), 0);
}

}  // namespace
}  // namespace dangol::tickets
