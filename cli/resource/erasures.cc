// `dangol erasures`: who was erased, to be erased again after a backup was put back.
#include <fstream>
#include <istream>
#include <memory>
#include <string>

#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "common/base/error.h"
#include "common/base/json.h"
#include "dangol/tickets/v1/customer_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::Customer;

constexpr char kCommand[] = "erasures";

struct Flags {
  VerbFlags verb;
  std::string apply;
};

std::string Line(const Customer& customer) {
  return fmt::format("{}  {:<7}  {}\n", customer.name(), Customer::State_Name(customer.state()),
                     TimeWithZone(customer.erase_time()));
}

int List(const Flags& flags) {
  Client client(TargetAddress(flags.verb.suite, "tickets"));
  dangol::tickets::v1::ListCustomersRequest request;
  request.set_page_size(1000);
  request.add_states(Customer::ERASING);
  request.add_states(Customer::ERASED);
  dangol::tickets::v1::ListCustomersResponse response;
  const absl::Status status = EachPage(
      client, "/dangol.tickets.v1.CustomerService/ListCustomers", request, flags.verb.timeout, response,
      [&](bool) -> absl::Status {
        std::string text;
        for (const Customer& customer : response.customers()) {
          text += flags.verb.format == Format::kJson ? ToJson(customer, JsonStyle::kCompact) + "\n" : Line(customer);
        }
        return Print(text) ? absl::OkStatus() : absl::CancelledError();
      });
  if (absl::IsCancelled(status)) return 1;
  return status.ok() ? 0 : Fail(kCommand, status);
}

// Whoever is erased already, or does not exist in this database, is as it should be.
int Apply(const Flags& flags) {
  std::ifstream file(flags.apply);
  if (!file) return Fail(kCommand, absl::NotFoundError(fmt::format("{} cannot be read.", flags.apply)));
  Client client(TargetAddress(flags.verb.suite, "tickets"));
  int64_t erased = 0;
  int64_t left = 0;
  for (std::string line; std::getline(file, line);) {
    const std::string name = line.substr(0, line.find(' '));
    if (name.empty()) continue;
    dangol::tickets::v1::EraseCustomerRequest request;
    request.set_name(name);
    FillRequestId(request);
    const absl::Status status =
        Call<Customer>(client, "/dangol.tickets.v1.CustomerService/EraseCustomer", request, flags.verb.timeout)
            .status();
    const bool settled = absl::IsNotFound(status) || absl::IsFailedPrecondition(status);
    if (!status.ok() && !settled) return Fail(kCommand, status);
    ++(status.ok() ? erased : left);
  }
  return Print(fmt::format("{} erased, {} were erased already or do not exist\n", erased, left)) ? 0 : 1;
}

}  // namespace

Command ErasuresCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("erasures", "List the customers who were erased, or erase them again");
  const auto flags = std::make_shared<Flags>();
  app->add_option(
         "--apply", flags->apply,
         "A file with what this command printed: erases whoever of it is there again, after a backup was put back")
      ->type_name("FILE");
  AddVerbFlags(*app, flags->verb);
  return {app, [flags] { return flags->apply.empty() ? List(*flags) : Apply(*flags); }};
}

}  // namespace dangol::cli
