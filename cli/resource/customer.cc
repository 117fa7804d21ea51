#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/field_mask.pb.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/resource/customer_export.h"
#include "common/base/error.h"
#include "dangol/tickets/v1/customer_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::ContactPoint;
using dangol::tickets::v1::CreateCustomerRequest;
using dangol::tickets::v1::Customer;
using dangol::tickets::v1::UpdateCustomerRequest;
using Texts = std::vector<std::string>;

std::string ExternalIdProblem(const std::string& text) {
  const size_t equals = text.find('=');
  const bool is_pair = equals != std::string::npos && equals > 0 && equals + 1 < text.size();
  return is_pair ? "" : ShownValue(text) + " is not SYSTEM=ID, such as shop=4711";
}

// `changed` is told which field is set, before it is.
template <typename Changed>
void AddListFlags(CLI::App& app, Customer& customer, const std::string& help, Changed changed) {
  const auto add_contacts = [&](const std::string& flag, ContactPoint::Kind kind, const std::string& what) {
    app.add_option_function<Texts>(
           flag,
           [&customer, kind, changed](const Texts& values) {
             changed("contact_points");
             for (const std::string& value : values) {
               customer.add_contact_points()->set_kind(kind);
               customer.mutable_contact_points()->rbegin()->set_value(value);
             }
           },
           what + help)
        ->type_name("TEXT")
        ->allow_extra_args(false);
  };
  add_contacts("--email", ContactPoint::EMAIL, "An e-mail address");
  add_contacts("--phone", ContactPoint::PHONE, "A telephone number");
  add_contacts("--postal", ContactPoint::POSTAL, "A postal address");
  app.add_option_function<Texts>(
         "--external-id",
         [&customer, changed](const Texts& values) {
           changed("external_ids");
           for (const std::string& value : values) {
             const size_t equals = value.find('=');
             customer.add_external_ids()->set_system(value.substr(0, equals));
             customer.mutable_external_ids()->rbegin()->set_id(value.substr(equals + 1));
           }
         },
         "Who it is in another system" + help)
      ->type_name("SYSTEM=ID")
      ->allow_extra_args(false)
      ->check(ExternalIdProblem);
}

void AddCreateFlags(CLI::App& app, google::protobuf::Message& request) {
  AddListFlags(app, *static_cast<CreateCustomerRequest&>(request).mutable_customer(), "", [](const char*) {});
}

void AddUpdateFlags(CLI::App& app, google::protobuf::Message& message) {
  auto& request = static_cast<UpdateCustomerRequest&>(message);
  const auto changed = [&request](const char* field) {
    for (const std::string& path : request.update_mask().paths()) {
      if (path == field) return;
    }
    request.mutable_update_mask()->add_paths(field);
  };
  AddListFlags(app, *request.mutable_customer(), "; replaces all that it had of contact points or external ids",
               changed);
}

}  // namespace

Command CustomerCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("customer", "Know who comes to the company");
  const std::string service = "dangol.tickets.v1.CustomerService/";
  std::vector<Command> verbs;
  const auto add = [&](Verb verb) {
    verb.method = service + verb.method;
    verbs.push_back(AddVerb(*app, verb));
  };
  verbs.push_back(AddListVerb(*app, {"list", service + "ListCustomers", "List customers, the newest first"}));
  add({.name = "show", .method = "GetCustomer", .description = "Show all of one customer", .details = true});
  add({.name = "create",
       .method = "CreateCustomer",
       .description = "Make one; a ticket's sender makes one by itself",
       .add_flags = AddCreateFlags});
  add({.name = "update",
       .method = "UpdateCustomer",
       .description = "Change what is known of one",
       .add_flags = AddUpdateFlags});
  add({"merge", "MergeCustomers", "Say that two are one person: --merged becomes another name of it"});
  verbs.push_back(AddListVerb(*app, {"timeline", service + "ListCustomerTimeline",
                                     "List what was said and what became of it, the newest first"}));
  verbs.push_back(CustomerExportVerb(*app));
  add({"restrict", "RestrictCustomer", "Keep one only because the law wants it; erased by itself at the end"});
  add({"erase", "EraseCustomer", "Forget a person: all that was said, and who it was. It cannot be undone"});
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
