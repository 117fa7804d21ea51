// `dangol customer`, and the customers of tickets that are taken in.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/tickets/v1/attachment.pb.h"
#include "dangol/tickets/v1/customer.pb.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::Ended;
using ::testing::HasSubstr;
using ::testing::Not;
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
                                   HasSubstr("010-1234-5678"), HasSubstr("minji@example.com")));
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

TEST_F(CustomerVerbs, MergeTellExportAndForget) {
  const auto make = [&](const std::string& phone) {
    const Ended taken =
        suite_.Run({"ticket", "create", "--subject", "Late " + phone, "--sender-phone", phone, "-o", "json"});
    EXPECT_EQ(taken.code, 0) << taken.errors;
    return Parsed<Ticket>(taken.output).customer();
  };
  const std::string kept = make("010-1111-2222");
  const std::string merged = make("010-3333-4444");
  const Ended one = suite_.Run({"customer", "merge", kept, "--merged", merged});
  EXPECT_EQ(one.code, 0) << one.errors;
  EXPECT_THAT(one.output, HasSubstr("010-1111-2222, 010-3333-4444"));
  const Ended timeline = suite_.Run({"customer", "timeline", merged});
  EXPECT_THAT(timeline.output, AllOf(HasSubstr("Late 010-1111-2222"), HasSubstr("Late 010-3333-4444")));
  const Ended exported = suite_.Run({"customer", "export", kept});
  EXPECT_EQ(exported.code, 0) << exported.errors;
  EXPECT_THAT(exported.output,
              AllOf(HasSubstr("\"normalizedValue\":\"+821033334444\""), HasSubstr("Late 010-3333-4444")));
  EXPECT_EQ(suite_.Run({"customer", "erase", kept}).code, 0);
  EXPECT_THAT(suite_.Run({"customer", "export", kept}).output, ::testing::Not(HasSubstr("010-")));
  const Ended erasures = suite_.Run({"erasures"});
  EXPECT_THAT(erasures.output, StartsWith(kept + "  ERAS"));
  EXPECT_THAT(erasures.output, HasSubstr("\n" + merged + "  ERAS")) << "a backup may be from before the merge";
  testing::WriteFile(folder_.File("erasures"), erasures.output + "customers/nobody  ERASED\n");
  EXPECT_EQ(suite_.Run({"erasures", "--apply", folder_.File("erasures")}).output,
            "0 erased, 3 were erased already or do not exist\n");
  testing::WriteFile(folder_.File("erasures"), suite_.Run({"erasures", "-o", "json"}).output);
  EXPECT_EQ(suite_.Run({"erasures", "--apply", folder_.File("erasures")}).output,
            "0 erased, 2 were erased already or do not exist\n");
}

TEST_F(CustomerVerbs, AreGivenTheirFilesWithTheirWords) {
  const Ended taken = suite_.Run({"ticket", "create", "--ticket-id", "cup", "--subject", "Broken", "--sender-phone",
                                  "010-1111-2222", "-o", "json"});
  const std::string customer = Parsed<Ticket>(taken.output).customer();
  const std::string note = folder_.File("깨진 컵.txt");
  testing::WriteFile(note, "It came in two parts.");
  const Ended kept = suite_.Run({"ticket", "attach", "cup", note, "-o", "json"});
  EXPECT_EQ(kept.code, 0) << kept.errors;
  const auto attachment = Parsed<tickets::v1::Attachment>(kept.output);
  EXPECT_THAT(suite_.Run({"ticket", "attachments", "cup"}).output, HasSubstr(" 21 B "));
  EXPECT_THAT(suite_.Run({"customer", "timeline", customer}).output,
              AllOf(HasSubstr("ATTACHMENT"), HasSubstr("깨진 컵.txt")));
  const std::string folder = folder_.File("export");
  const Ended exported = suite_.Run({"customer", "export", customer, "--files", folder});
  EXPECT_EQ(exported.code, 0) << exported.errors;
  EXPECT_THAT(exported.output, AllOf(HasSubstr("\"step\":\"ATTACHMENT\""), HasSubstr(attachment.sha256())));
  EXPECT_THAT(exported.errors, HasSubstr("files written into " + folder + ": 1\n"));
  const std::string id = attachment.name().substr(attachment.name().rfind('/') + 1);
  EXPECT_EQ(testing::ReadFile(folder + "/cup/" + id + "/깨진 컵.txt"), "It came in two parts.");
  const Ended again = suite_.Run({"customer", "export", customer, "--files", folder});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.errors, HasSubstr("is there already, and stays as it is"));
  EXPECT_EQ(suite_.Run({"ticket", "redact-attachment", attachment.name()}).code, 0);
  EXPECT_THAT(suite_.Run({"customer", "export", customer, "--files", folder_.File("later")}).errors,
              HasSubstr("later: 0\n"));
}

TEST_F(CustomerVerbs, ComeFromAFile) {
  const std::string file = folder_.File("customers.csv");
  testing::WriteFile(file,
                     "id,display_name,phone,segment,size\n"
                     "77,Minji,010-1234-5678,regular,M\n"
                     ",Nobody,,,\n"
                     "78,Jun,,Not A Label,\n");
  const Ended first = suite_.Run({"import", "customers", file, "--source", "shop"});
  EXPECT_EQ(first.output, "3 rows: 1 taken, 2 rejected\n") << first.errors;
  EXPECT_THAT(testing::ReadFile(file + ".rejects.csv"),
              AllOf(HasSubstr("external_ids: is empty"), HasSubstr("Not A Label")));
  testing::WriteFile(file, "id,email,size\n77,m@example.com,L\n");
  EXPECT_EQ(suite_.Run({"import", "customers", file, "--source", "shop"}).code, 0);
  const Ended listed = suite_.Run({"customer", "list", "--contact", "m@example.com", "-o", "json"});
  const auto minji = Parsed<Customer>(listed.output);
  EXPECT_EQ(minji.display_name(), "Minji");
  EXPECT_EQ(minji.attributes().at("size"), "L");
  EXPECT_EQ(minji.contact_points_size(), 2);
}

TEST_F(CustomerVerbs, ComeFromAMendedFileOfRejects) {
  const std::string file = folder_.File("customers.csv");
  testing::WriteFile(file, "id,display_name,segment,size\n77,Minji,Not A Label,M\n78,Jun,,S\n78,Jun,,L\n79,Yuna,,S");
  const Ended first = suite_.Run({"import", "customers", file, "--source", "shop"});
  EXPECT_EQ(first.output, "4 rows: 2 taken, 2 rejected\n") << first.errors;
  EXPECT_THAT(first.errors, HasSubstr("The last line, 5, has no line feed"));
  std::string mended = testing::ReadFile(file + ".rejects.csv");
  EXPECT_THAT(mended, HasSubstr("line 3 has the same id \"\"78\"\" with other fields"));
  mended.replace(mended.find("\"Not A Label\",\"M"), 13, "\"regular\"");
  testing::WriteFile(file, mended);
  EXPECT_EQ(suite_.Run({"import", "customers", file, "--source", "shop"}).output, "2 rows: 2 taken, 0 rejected\n");
  const Ended listed = suite_.Run({"customer", "list", "-o", "json"});
  EXPECT_THAT(listed.output, AllOf(HasSubstr("regular"), Not(HasSubstr("Reject"))));
}

TEST_F(CustomerVerbs, ThatCannotBeSentAreNotCounted) {
  const std::string file = folder_.File("customers.csv");
  testing::WriteFile(file, "id,display_name\n77,Minji\n");
  const Ended ended =
      suite_.Run({"import", "customers", file, "--source", "shop", "--address", "127.0.0.1:1", "--timeout", "100ms"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.output, "");
}

TEST_F(CustomerVerbs, ComeFromAFileInAnyEncodingAndWithAnySeparator) {
  const std::string file = folder_.File("customers.csv");
  const auto import = [&](const std::string& content, std::vector<std::string> flags = {}) {
    testing::WriteFile(file, content);
    std::vector<std::string> arguments = {"import", "customers", file, "--source", "shop"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return suite_.Run(arguments);
  };
  const std::string name = "\xb1\xe8\xb9\xce\xc1\xf6";  // in CP949
  const Ended refused = import("id,display_name\n1," + name + "\n2," + name + "\n3," + name + "\n");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("--encoding CP949"));
  const Ended taken = import("id:display_name\n1:" + name + "\n", {"--encoding", "CP949", "--separator", ":"});
  EXPECT_EQ(taken.code, 0) << taken.errors;
  EXPECT_EQ(Parsed<Customer>(suite_.Run({"customer", "list", "-o", "json"}).output).display_name(), "김민지");
  const Ended broken = import("id,display_name,크기\n1,Minji,M\n2,김민지,L\n3," + name + ",S\n");
  EXPECT_EQ(broken.output, "3 rows: 2 taken, 1 rejected\n");
  EXPECT_THAT(testing::ReadFile(file + ".rejects.csv"), HasSubstr("\"4\",\"display_name: is not UTF-8"));
  const Ended columns = import("id," + name + "\xff\n1,M\n", {"--encoding", "CP949"});
  EXPECT_EQ(columns.code, 1);
  EXPECT_THAT(columns.errors, HasSubstr("name of a column is not UTF-8"));
  for (const Ended& ended : {refused, taken, broken, columns})
    EXPECT_THAT(ended.errors, ::testing::Not(HasSubstr("libprotobuf")));
}

}  // namespace
}  // namespace dangol
