// Why a message does not parse, and where.
#include "common/rpc/wire_check.h"

#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"

#include "common/base/simulated_runtime.h"
#include "common/base/text.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/rpc/request_sites.h"

namespace dangol::rpc {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Case {
  std::string bytes;
  std::string path;
  std::string description;
  std::string reason = "MALFORMED_MESSAGE";
};

// A field that holds bytes.
std::string Field(int number, const std::string& value) {
  std::string bytes;
  for (uint32_t tag = static_cast<uint32_t>(number) << 3 | 2;; tag >>= 7) {
    bytes += static_cast<char>(tag < 0x80 ? tag : (tag | 0x80));
    if (tag < 0x80) break;
  }
  size_t size = value.size();
  for (; size >= 0x80; size >>= 7) bytes += static_cast<char>(size | 0x80);
  return bytes + static_cast<char>(size) + value;
}

// Of CreateTicketRequest: 1 ticket, 2 ticket_id, 3 request_id. Of Ticket: 3 source, 4 subject, 13 labels, 14
// attributes, 15 file_links. Of Source: 3 external_id. Of FileLink: 5 url.
std::vector<Case> Cases() {
  const std::string bad = "a\xff";
  const auto ticket = [](const std::string& fields) { return Field(1, fields); };
  return {
      {"\x80", "(request)", "ends in the middle of a field's tag"},
      {ticket("\x80"), "ticket", "ends in the middle of a field's tag"},
      {"\x0a", "ticket", "ends in the middle of its length"},
      {"\x0a\x80", "ticket", "ends in the middle of its length"},
      {"\x0a\x05\x22", "ticket", "is said to have 5 bytes, and 1 are left"},
      {ticket("\x22\x05"
              "ab"),
       "ticket.subject", "is said to have 5 bytes, and 2 are left"},
      {"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "ticket_id", "is said to have 18446744073709551615 bytes"},
      {"\x18\x80", "request_id", "ends in the middle of a number"},
      {"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "request_id", "ends in the middle of a number"},
      {"\x19\x01\x02", "request_id", "ends in the middle of a number"},
      {"\x1d\x01\x02", "request_id", "ends in the middle of a number"},
      {"\xfd\x7f\x01", "(field 2047)", "ends in the middle of a number"},
      {"\x0b", "ticket", "has the wire type 3"},
      {"\x0c", "ticket", "has the wire type 4"},
      {"\x0e", "ticket", "has the wire type 6"},
      {"\x0f", "ticket", "has the wire type 7"},
      {ticket("\xdb\x3e"), "ticket.(field 1003)", "has the wire type 3"},
      {std::string("\x02\x00", 2), "(request)", "has the invalid tag 2"},
      {std::string("\x00\x00", 2), "(request)", "has the invalid tag 0"},
      {"\x82\x80\x80\x80\x10", "(request)", "has the invalid tag 4294967298"},
      {ticket(Field(4, bad)), "ticket.subject", R"("a\xff" is not valid UTF-8)", "INVALID_UTF8"},
      {ticket(Field(3, Field(3, bad))), "ticket.source.external_id", "is not valid UTF-8", "INVALID_UTF8"},
      {ticket(Field(13, "a") + Field(13, bad)), "ticket.labels[1]", "is not valid UTF-8", "INVALID_UTF8"},
      {ticket(Field(15, "") + Field(15, "") + Field(15, Field(5, bad))), "ticket.file_links[2].url",
       "is not valid UTF-8", "INVALID_UTF8"},
      {ticket(Field(14, Field(1, bad))), "ticket.attributes[0].key", "is not valid UTF-8", "INVALID_UTF8"},
      {ticket(Field(14, "") + Field(14, Field(1, "k") + Field(2, bad))), "ticket.attributes[1].value",
       "is not valid UTF-8", "INVALID_UTF8"},
      {ticket(Field(4, "a\xED\xA0\x80")), "ticket.subject", "is not valid UTF-8", "INVALID_UTF8"},  // a surrogate
      {ticket(Field(4, "\xC0\xAF")), "ticket.subject", "is not valid UTF-8", "INVALID_UTF8"},       // overlong
  };
}

TEST(ExplainParseFailure, NamesTheFieldAndTheReason) {
  for (const Case& one : Cases()) {
    SCOPED_TRACE(EncodeHex(one.bytes));
    EXPECT_FALSE(tickets::v1::CreateTicketRequest().ParseFromString(one.bytes)) << "the case is well-formed";
    const absl::Status status = ExplainParseFailure(tickets::v1::CreateTicketRequest::descriptor(), one.bytes);
    EXPECT_EQ(testing::Summary(status), fmt::format("INVALID_ARGUMENT {} {}", one.reason, one.path));
    EXPECT_THAT(std::string(status.message()), HasSubstr(one.description));
    EXPECT_THAT(std::string(status.message()), HasSubstr("Send "));
  }
}

TEST(ExplainParseFailure, NamesTheElementOfABatch) {
  const std::string bytes = Field(1, Field(1, Field(4, "x"))) + Field(1, Field(1, Field(5, "\xff")));
  const absl::Status status = ExplainParseFailure(tickets::v1::BatchCreateTicketsRequest::descriptor(), bytes);
  EXPECT_EQ(testing::Summary(status), "INVALID_ARGUMENT INVALID_UTF8 requests[1].ticket.body");
}

TEST(ExplainParseFailure, NamesAListOfNumbersThatIsCutOff) {
  const std::string bytes = "\x1a\x01\x80";  // `states`, packed: the number inside is cut off, its length is right
  ASSERT_FALSE(tickets::v1::ListTicketsRequest().ParseFromString(bytes));
  const absl::Status status = ExplainParseFailure(tickets::v1::ListTicketsRequest::descriptor(), bytes);
  EXPECT_THAT(testing::Summary(status),
              AnyOf("INVALID_ARGUMENT MALFORMED_MESSAGE states", "INVALID_ARGUMENT MALFORMED_MESSAGE states[0]"));
}

TEST(ExplainParseFailure, StopsWhereMessagesAreNestedTooDeep) {
  // DescriptorProto.nested_type is a DescriptorProto.
  std::string bytes;
  for (int i = 0; i < 101; ++i) bytes = Field(3, bytes);
  EXPECT_FALSE(google::protobuf::DescriptorProto().ParseFromString(bytes));
  const absl::Status status = ExplainParseFailure(google::protobuf::DescriptorProto::descriptor(), bytes);
  EXPECT_THAT(std::string(status.message()), HasSubstr("is nested deeper than 100 messages"));
  EXPECT_THAT(testing::ViolatedFields(status).at(0), HasSubstr("nested_type[0].nested_type[0]"));
  for (int i = 0; i < 5000; ++i) bytes = Field(3, bytes);
  EXPECT_FALSE(ExplainParseFailure(google::protobuf::DescriptorProto::descriptor(), bytes).ok());
}

// Valid requests with some bytes changed, cut out or doubled: whatever does not parse is explained, and with a place.
TEST(ExplainParseFailure, ExplainsWhateverDoesNotParse) {
  constexpr uint64_t kSeed = 1;
  SimulatedRuntime choice(kSeed);
  tickets::v1::BatchCreateTicketsRequest request;
  testing::FillValid(request);
  request.add_requests()->CopyFrom(request.requests(0));
  const std::string valid = request.SerializeAsString();
  int failures = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = valid;
    for (uint64_t changes = choice.Uniform(3) + 1; changes > 0; --changes) {
      const size_t at = choice.Uniform(bytes.size());
      switch (choice.Uniform(3)) {
        case 0:
          bytes[at] = static_cast<char>(choice.Random());
          break;
        case 1:
          bytes.erase(at, choice.Uniform(4));
          break;
        default:
          bytes.insert(at, bytes.substr(choice.Uniform(bytes.size()), 3));
      }
    }
    if (request.ParseFromString(bytes)) continue;
    ++failures;
    const absl::Status status = ExplainParseFailure(tickets::v1::BatchCreateTicketsRequest::descriptor(), bytes);
    ASSERT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << "seed " << kSeed << ": " << EncodeHex(bytes);
    ASSERT_EQ(testing::ViolatedFields(status).size(), 1u);
    ASSERT_THAT(std::string(status.message()), Not(HasSubstr("is not a dangol"))) << EncodeHex(bytes);
  }
  EXPECT_GT(failures, 5000);
}

}  // namespace
}  // namespace dangol::rpc
