#include "bench/complaints.h"

#include <cstddef>
#include <random>

#include "fmt/format.h"

#include "common/base/ids.h"
#include "common/base/runtime.h"

namespace dangol::bench {
namespace {

using tickets::v1::CreateTicketRequest;

// Lengths of 389 narratives of the CFPB's consumer complaints of summer 2023, in bytes, by quantile.
constexpr double kQuantiles[][2] = {{0, 68},     {.05, 147}, {.1, 202},   {.25, 401},  {.5, 806},
                                    {.75, 1332}, {.9, 2180}, {.95, 2571}, {.99, 3981}, {1, 4837}};

}  // namespace

std::vector<CreateTicketRequest> MakeComplaints(int count) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<CreateTicketRequest> requests(static_cast<size_t>(count));
  for (CreateTicketRequest& request : requests) {
    const double q = uniform(random);
    size_t i = 1;
    while (kQuantiles[i][0] < q) ++i;
    const double part = (q - kQuantiles[i - 1][0]) / (kQuantiles[i][0] - kQuantiles[i - 1][0]);
    const double length = kQuantiles[i - 1][1] + part * (kQuantiles[i][1] - kQuantiles[i - 1][1]);
    std::string body;
    while (static_cast<double>(body.size()) < length) body += fmt::format("word{} ", random() % 5000);
    body.resize(static_cast<size_t>(length));
    request.mutable_ticket()->set_subject("Incorrect information on your report");
    request.mutable_ticket()->set_body(body);
    request.mutable_ticket()->mutable_source()->set_channel("web");
    request.mutable_ticket()->set_contact_reason("credit-reporting/incorrect-information");
  }
  return requests;
}

std::string NewRequestId() { return TimeOrderedUuid(RealRuntime()); }

}  // namespace dangol::bench
