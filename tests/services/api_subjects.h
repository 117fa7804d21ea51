// Every API whose requests are spoilt in bad_input_test.cc. A service that is added writes one function: what has to be
// there for its methods to succeed, and which values name it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"

#include "common/rpc/authorization.h"
#include "tests/common/rpc/request_sites.h"
#include "tests/common/service/simulated_service.h"

namespace dangol {

struct ApiSubject {
  std::string service;  // such as `dangol.tickets.v1.TicketService`
  const service::Definition& (*definition)() = nullptr;
  // Makes what a request of the method names.
  std::function<void(testing::SimulatedService&, const std::string& method)> prepare;
  // Replaces a value of a filled request which the method would refuse as things are.
  std::function<void(const std::string& method, const testing::Site&, google::protobuf::Message&)> fit;
  std::string known;  // in the fields `name` and `parent`
  // Of the resource in `name`, after `prepare`.
  std::function<std::string(const std::string& method)> etag = [](const std::string&) { return "1"; };
  // Paths of texts that must have a form which no rule of a proto states.
  std::vector<std::string> formed = {};
  // Who calls; none: everybody is the operator.
  std::shared_ptr<rpc::Authorizer> authorizer = nullptr;
};

ApiSubject TicketsApi();
ApiSubject CustomersApi();
ApiSubject PolicyApi();
ApiSubject BacklogApi();
ApiSubject LoopsApi();
ApiSubject MembersApi();
ApiSubject EnginesApi();
ApiSubject KpisApi();
ApiSubject ReviewsApi();

// All of them.
const std::vector<ApiSubject>& ApiSubjects();

}  // namespace dangol
