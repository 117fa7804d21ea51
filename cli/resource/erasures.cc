// `dangol erasures`: who was erased, to be erased again after a backup was put back.
#include <fstream>
#include <istream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "dangol/tickets/v1/customer_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::Customer;

constexpr char kCommand[] = "erasures";

struct Flags {
  VerbFlags verb;
  std::string apply;
};

// Under each name that the person had: a backup may be from before two of them were merged.
std::vector<std::string> NamesOf(const Customer& customer) {
  std::vector<std::string> names(customer.merged().begin(), customer.merged().end());
  names.insert(names.begin(), customer.name());
  return names;
}

std::string Lines(const Customer& customer) {
  std::string text;
  for (const std::string& name : NamesOf(customer)) {
    text += fmt::format("{}  {:<7}  {}\n", name, Customer::State_Name(customer.state()),
                        TimeWithZone(customer.erase_time()));
  }
  return text;
}

// Those of a line that this command printed, in either form.
std::vector<std::string> NamesIn(const std::string& line) {
  Customer customer;
  if (line.starts_with('{') && FromJson(line, customer).ok()) return NamesOf(customer);
  std::string name = line.substr(0, line.find(' '));
  return name.empty() ? std::vector<std::string>() : std::vector{std::move(name)};
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
          text += flags.verb.format == Format::kJson ? ToJson(customer, JsonStyle::kCompact) + "\n" : Lines(customer);
        }
        return Print(text) ? absl::OkStatus() : absl::CancelledError();
      });
  if (absl::IsCancelled(status)) return 1;
  return status.ok() ? 0 : Fail(kCommand, status);
}

// Whether the customer was still there. Whoever is erased already, or does not exist in this database, is as it should
// be.
absl::StatusOr<bool> Erase(Client& client, const std::string& name, absl::Duration timeout) {
  dangol::tickets::v1::EraseCustomerRequest request;
  request.set_name(name);
  FillRequestId(request);
  const absl::Status status =
      Call<Customer>(client, "/dangol.tickets.v1.CustomerService/EraseCustomer", request, timeout).status();
  if (absl::IsNotFound(status) || absl::IsFailedPrecondition(status)) return false;
  RETURN_IF_ERROR(status);
  return true;
}

int Apply(const Flags& flags) {
  std::ifstream file(flags.apply);
  if (!file) return Fail(kCommand, absl::NotFoundError(fmt::format("{} cannot be read.", flags.apply)));
  Client client(TargetAddress(flags.verb.suite, "tickets"));
  int64_t erased = 0;
  int64_t left = 0;
  for (std::string line; std::getline(file, line);) {
    for (const std::string& name : NamesIn(line)) {
      const absl::StatusOr<bool> was_there = Erase(client, name, flags.verb.timeout);
      if (!was_there.ok()) return Fail(kCommand, was_there.status());
      ++(*was_there ? erased : left);
    }
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
