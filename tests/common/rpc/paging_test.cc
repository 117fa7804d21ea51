// Page tokens: what they keep, and what is none.
#include "common/rpc/paging.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/text.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/common/rpc/refusal.h"

namespace dangol::rpc {
namespace {

using tickets::v1::ListMessagesRequest;
using tickets::v1::ListTicketsRequest;
using tickets::v1::Ticket;

TEST(PageSize, HasADefaultAndAMost) {
  EXPECT_EQ(PageSize(0), kPageSizeDefault);
  EXPECT_EQ(PageSize(1), 1);
  EXPECT_EQ(PageSize(kPageSizeMax), kPageSizeMax);
  EXPECT_EQ(PageSize(kPageSizeMax + 1), kPageSizeMax);
  EXPECT_EQ(PageSize(INT32_MAX), kPageSizeMax);
}

TEST(PageToken, IsNoneForTheFirstPage) {
  const auto key = ParsePageToken(ListTicketsRequest(), "");
  ASSERT_TRUE(key.ok());
  EXPECT_FALSE(key->has_value());
}

TEST(PageToken, ComesBackAsItWas) {
  ListTicketsRequest request;
  request.add_states(Ticket::HEARD);
  for (const std::string& position : {std::string("a"), std::string("\0\xff\x80", 3), std::string(100, 'z')}) {
    const auto parsed = ParsePageToken(request, MakePageToken(request, position));
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, position);
  }
}

TEST(PageToken, FitsIntoItsField) {
  const std::string token = MakePageToken(ListTicketsRequest(), std::string(8 + 63, 'z'));
  EXPECT_LE(token.size(), 512u);
  EXPECT_EQ(token.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"),
            std::string::npos);
}

TEST(PageToken, IsBoundToItsQueryAndNotToThePageSize) {
  ListTicketsRequest request;
  request.add_states(Ticket::HEARD);
  request.set_page_size(10);
  const std::string token = MakePageToken(request, "a");
  request.set_page_size(20);
  request.set_page_token(token);
  EXPECT_TRUE(ParsePageToken(request, token).ok());
  request.add_states(Ticket::RECEIVED);
  EXPECT_EQ(testing::Summary(ParsePageToken(request, token).status()),
            "INVALID_ARGUMENT PAGE_TOKEN_OF_ANOTHER_QUERY page_token");
  EXPECT_EQ(testing::Summary(ParsePageToken(ListTicketsRequest(), token).status()),
            "INVALID_ARGUMENT PAGE_TOKEN_OF_ANOTHER_QUERY page_token");
  ListMessagesRequest one;
  one.set_parent("tickets/a");
  ListMessagesRequest other;
  other.set_parent("tickets/b");
  EXPECT_EQ(testing::Summary(ParsePageToken(other, MakePageToken(one, "a")).status()),
            "INVALID_ARGUMENT PAGE_TOKEN_OF_ANOTHER_QUERY page_token");
  // Without any other field set, the kind of request still counts.
  EXPECT_EQ(testing::Summary(ParsePageToken(ListMessagesRequest(), MakePageToken(ListTicketsRequest(), "a")).status()),
            "INVALID_ARGUMENT PAGE_TOKEN_OF_ANOTHER_QUERY page_token");
}

TEST(PageToken, IsRefusedWhereItIsNone) {
  const ListTicketsRequest request;
  const std::string token = MakePageToken(request, "a1");
  const std::string bytes = *DecodeBase64Url(token);
  for (const std::string& wrong : {std::string("!"), std::string("not a token"), std::string("AAAA"),
                                   token.substr(0, 10), token + "!", EncodeBase64Url(bytes.substr(0, 8))}) {
    EXPECT_EQ(testing::Summary(ParsePageToken(request, wrong).status()),
              "INVALID_ARGUMENT PAGE_TOKEN_MALFORMED page_token")
        << wrong;
  }
}

}  // namespace
}  // namespace dangol::rpc
