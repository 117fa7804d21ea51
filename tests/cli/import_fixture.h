// What the tests of `dangol import` share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include <gtest/gtest.h>

#include "dangol/tickets/v1/ticket.pb.h"
#include "tests/cli/cli_fixture.h"

namespace dangol::testing {

inline const std::string kCfpb = DANGOL_CLI_FIXTURES "/cfpb.csv";
inline const std::string kNyc311 = DANGOL_CLI_FIXTURES "/nyc311.csv";
inline const std::string kReviews = DANGOL_CLI_FIXTURES "/reviews.csv";

inline constexpr char kHeader[] =
    "Date received,Product,Sub-product,Issue,Sub-issue,Consumer complaint narrative,Company,Submitted via,Complaint "
    "ID\n";

// A row that is as it should be.
inline std::string Good(int id) { return fmt::format("2023-08-25,Loan,Car,Late,Very late,,ACME,Web,{}\n", id); }

inline tickets::v1::Ticket GetTicket(const RunningSuite& suite, const std::string& name) {
  const Ended got = suite.Run({"call", kGetTicket, fmt::format(R"({{"name":"{}"}})", name)});
  EXPECT_EQ(got.code, 0) << got.errors;
  return got.code == 0 ? Parsed<tickets::v1::Ticket>(got.output) : tickets::v1::Ticket();
}

// A suite, and a folder for the files that are imported into it.
class ImportTest : public ::testing::Test {
 protected:
  // Of a file with this content.
  Ended Run(const std::string& content, std::vector<std::string> more = {}, const std::string& format = "cfpb") {
    WriteFile(file_, content);
    std::vector<std::string> arguments = {"import", format, file_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return suite_->Run(arguments);
  }
  // In order; every line is quoted, so that a comma begins nothing.
  std::string Rejects() { return ReadFile(file_ + ".rejects.csv"); }
  std::string Summary(int rows, int created, int rejected) {
    return fmt::format("{} rows: {} new, 0 already there, {} rejected", rows, created, rejected);
  }

  TemporaryFolder folder_;
  std::unique_ptr<RunningSuite> suite_ = std::make_unique<RunningSuite>(folder_.File("data"));
  const std::string file_ = folder_.File("complaints.csv");
};

}  // namespace dangol::testing
