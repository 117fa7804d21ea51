// A service on one thread: a real database in a private folder or, where DANGOL_TEST_DRIVER=postgresql says so, of the
// tests' server, a clock that stands still unless it is told to move, and calls as a transport makes them.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "fmt/format.h"
#include "google/protobuf/message.h"

#include "common/service/service.h"
#include "tests/common/base/movable_runtime.h"
#include "tests/common/rpc/fake_calls.h"
#include "tests/common/storage/database_file.h"
#include "tests/support/local_service.h"

namespace dangol::testing {

class SimulatedService {
 public:
  explicit SimulatedService(const service::Definition& definition, service::Options options = {},
                            bool on_postgres = OnPostgres())
      : on_postgres_(on_postgres), definition_(definition), options_(std::move(options)) {
    options_.database_url = url();
    options_.database.runtime = &runtime_;
    Restart();
  }

  MovableRuntime& runtime() { return runtime_; }
  service::Service& service() { return *service_; }
  rpc::MethodTable& methods() { return service_->methods(); }
  std::string url() const {
    return on_postgres_ ? PostgresDatabaseOf(folder_.path()) : "sqlite:" + folder_.File("service.db");
  }
  // Seen from outside; opened at first use.
  const DatabaseFile& file() {
    if (file_ == nullptr) file_ = std::make_unique<DatabaseFile>(PathOf(url()));
    return *file_;
  }

  void Stop() { service_ = nullptr; }
  void Restart() {
    service_ = nullptr;
    auto service = service::Service::Open(definition_, options_);
    if (!service.ok()) {
      fmt::print(stderr, "{}\n", std::string(service.status().message()));
      std::abort();
    }
    service_ = *std::move(service);
  }

  // Begins a call and runs what it makes ready.
  std::shared_ptr<FakeUnaryCall> Start(std::string_view method, std::string request, rpc::Metadata metadata = {}) {
    auto call = MakeCall<FakeUnaryCall>(method, std::move(request), std::move(metadata));
    methods().Start(call);
    runtime_.RunReady();
    return call;
  }
  // A whole call. `method` is `/package.Service/Method`.
  rpc::Reply CallBytes(std::string_view method, std::string request, rpc::Metadata metadata = {}) {
    auto call = Start(method, std::move(request), std::move(metadata));
    while (!call->finished() && runtime_.RunOne()) {
    }
    if (!call->finished()) return {absl::InternalError("the call was never finished"), "", {}};
    return call->reply();
  }
  template <typename Response>
  absl::StatusOr<Response> Call(std::string_view method, const google::protobuf::Message& request,
                                rpc::Metadata metadata = {}, rpc::Metadata* trailing = nullptr) {
    rpc::Reply reply = CallBytes(method, request.SerializeAsString(), std::move(metadata));
    if (trailing != nullptr) *trailing = reply.trailing;
    if (!reply.status.ok()) return reply.status;
    Response response;
    if (!response.ParseFromString(reply.message)) return absl::InternalError("the answer does not parse");
    return response;
  }

 private:
  const bool on_postgres_;
  TemporaryFolder folder_;
  MovableRuntime runtime_;
  const service::Definition& definition_;
  service::Options options_;
  std::unique_ptr<service::Service> service_;
  std::unique_ptr<DatabaseFile> file_;
};

}  // namespace dangol::testing
