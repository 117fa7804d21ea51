#include "cli/demo/demo_suite.h"

#include <optional>
#include <utility>

#include "fmt/format.h"

#include "cli/demo/local_channel.h"
#include "cli/demo/unsynced_vfs.h"
#include "common/base/status_macros.h"
#include "services/backlog/service.h"
#include "services/metrics/service.h"
#include "services/tickets/service.h"

namespace dangol::demo {
namespace {

// More than any queue waits for others to join a batch.
constexpr absl::Duration kSettleTime = absl::Milliseconds(20);
// As long as it takes at most until a service looks at its timers, twice: what fires may set another.
constexpr absl::Duration kTimersTime = absl::Seconds(21);

}  // namespace

DemoSuite::DemoSuite(uint64_t seed, absl::Time start)
    : runtime_(seed, start), executor_(runtime_.NewExecutor("demo", 1)) {}

absl::StatusOr<std::unique_ptr<DemoSuite>> DemoSuite::Open(const std::string& folder, uint64_t seed, absl::Time start) {
  std::unique_ptr<DemoSuite> suite(new DemoSuite(seed, start));
  for (const service::Definition* definition :
       {&tickets::TicketsService(), &backlog::BacklogService(), &metrics::MetricsService()}) {
    RETURN_IF_ERROR(suite->OpenService(folder, *definition));
  }
  suite->Settle();
  return suite;
}

absl::Status DemoSuite::OpenService(const std::string& folder, const service::Definition& definition) {
  service::Options options;
  options.database_url = fmt::format("sqlite:{}/{}.db", folder, definition.name);
  options.database.runtime = &runtime_;
  options.database.vfs = UnsyncedVfs();
  options.connect = [this](std::string_view feed) {
    const std::string name(feed);
    return service::Peer{name, std::make_unique<LocalChannel>(*executor_, [this, name]() -> rpc::MethodTable& {
                           return services_.find(name)->second->methods();
                         })};
  };
  ASSIGN_OR_RETURN(services_[std::string(definition.name)], service::Service::Open(definition, std::move(options)));
  return absl::OkStatus();
}

DemoSuite::~DemoSuite() {
  for (auto& [name, service] : services_) service->Drain();
  runtime_.RunFor(kSettleTime);
  executor_->Stop();
  services_.clear();
}

void DemoSuite::StepTo(absl::Time time) {
  if (time > runtime_.Now()) runtime_.StepWall(time - runtime_.Now());
}

void DemoSuite::Settle() { runtime_.RunFor(kSettleTime); }

void DemoSuite::FireTimers() { runtime_.RunFor(kTimersTime); }

absl::Status DemoSuite::Call(std::string_view method, const google::protobuf::Message& request,
                             google::protobuf::Message* response) {
  // Such as `/dangol.tickets.v1.TicketService/GetTicket`.
  const std::string_view package = method.substr(std::string_view("/dangol.").size());
  const auto found = services_.find(package.substr(0, package.find('.')));
  std::optional<rpc::Reply> reply;
  LocalChannel(*executor_, [&]() -> rpc::MethodTable& {
    return found->second->methods();
  }).Unary(std::string(method), request.SerializeAsString(), {}, [&](rpc::Reply got) { reply = std::move(got); });
  while (!reply && runtime_.RunOne()) {
  }
  if (!reply) return absl::InternalError(fmt::format("{} was not answered", method));
  if (!reply->status.ok()) {
    return absl::Status(reply->status.code(), fmt::format("{}: {}", method, std::string(reply->status.message())));
  }
  if (response != nullptr) response->ParseFromString(reply->message);
  return absl::OkStatus();
}

}  // namespace dangol::demo
