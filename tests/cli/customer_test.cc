// `dangol customer`, and the customers of tickets that are taken in.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/tickets/v1/customer.pb.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::Ended;
using ::testing::HasSubstr;
using testing::Parsed;
using testing::RunningSuite;
using ::testing::StartsWith;
using testing::TemporaryFolder;
using tickets::v1::Customer;
using tickets::v1::Ticket;

class CustomerVerbs : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  RunningSuite suite_{folder_.path()};
};

TEST_F(CustomerVerbs, KnowWhoComes) {
  const Ended created =
      suite_.Run({"customer", "create", "--display-name", "Minji Kim", "--phone", "010-1234-5678", "--email",
                  "minji@example.com", "--external-id", "shop=77", "--segment", "regular", "-o", "json"});
  EXPECT_EQ(created.code, 0) << created.errors;
  const auto minji = Parsed<Customer>(created.output);
  const Ended ticket =
      suite_.Run({"ticket", "create", "--subject", "Late", "--sender-phone", "+82 10-1234-5678", "-o", "json"});
  EXPECT_EQ(ticket.code, 0) << ticket.errors;
  EXPECT_EQ(Parsed<Ticket>(ticket.output).customer(), minji.name());
  const Ended theirs = suite_.Run({"ticket", "list", "--customer", minji.name(), "-o", "json"});
  EXPECT_EQ(Parsed<Ticket>(theirs.output).subject(), "Late");
  const Ended listed = suite_.Run({"customer", "list", "--contact", "010 1234 5678"});
  EXPECT_THAT(listed.output, AllOf(StartsWith("CUSTOMER "), HasSubstr("ACTIVE"), HasSubstr("Minji Kim"),
                                   HasSubstr("010-1234-5678, minji@example.com")));
  const Ended shown = suite_.Run({"customer", "show", minji.name().substr(10)});
  EXPECT_THAT(shown.output, HasSubstr("contact points normalized value  +821012345678\n"));
}

TEST_F(CustomerVerbs, ChangeWhatIsKnown) {
  const Ended created =
      suite_.Run({"customer", "create", "--display-name", "Minji", "--phone", "010-1234-5678", "-o", "json"});
  const std::string name = Parsed<Customer>(created.output).name();
  const Ended updated = suite_.Run({"customer", "update", name, "--segment", "trial", "--display-name", "", "--email",
                                    "m@example.com", "-o", "json"});
  EXPECT_EQ(updated.code, 0) << updated.errors;
  const auto customer = Parsed<Customer>(updated.output);
  EXPECT_EQ(customer.segment(), "trial");
  EXPECT_EQ(customer.display_name(), "");
  ASSERT_EQ(customer.contact_points_size(), 1);
  EXPECT_EQ(customer.contact_points(0).value(), "m@example.com");
  const Ended wrong = suite_.Run({"customer", "create", "--external-id", "shop"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.errors, HasSubstr("\"shop\" is not SYSTEM=ID, such as shop=4711"));
}

}  // namespace
}  // namespace dangol
