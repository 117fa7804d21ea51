// A service in a private folder, called in the process: bytes in, bytes out, as a transport would, without a network.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

#include "common/rpc/transport.h"
#include "common/service/service.h"
#include "tests/support/temporary_folder.h"

namespace dangol::testing {

// Calls a method and waits for its answer. `method` is `/package.Service/Method`.
rpc::Reply CallBytes(rpc::MethodTable& table, std::string_view method, std::string request, rpc::Metadata metadata = {},
                     absl::Time deadline = absl::InfiniteFuture());

// A service on a real database and the real Runtime.
class LocalService {
 public:
  // In a folder of its own unless options name a database.
  explicit LocalService(const service::Definition& definition, service::Options options = {});

  service::Service& service() { return *service_; }
  rpc::MethodTable& methods() { return service_->methods(); }
  const std::string& database_path() const { return database_path_; }
  // Closes it and opens it again on the same database.
  void Restart();
  // Closes it.
  void Stop() { service_ = nullptr; }

  // `method` is `Service/Method` of dangol.tickets.v1 or a whole path.
  template <typename Response>
  absl::StatusOr<Response> Call(std::string_view method, const google::protobuf::Message& request,
                                rpc::Metadata metadata = {}, rpc::Metadata* trailing = nullptr) {
    rpc::Reply reply = CallBytes(methods(), method, request.SerializeAsString(), std::move(metadata));
    if (trailing != nullptr) *trailing = reply.trailing;
    if (!reply.status.ok()) return reply.status;
    Response response;
    response.ParseFromString(reply.message);
    return response;
  }

 private:
  TemporaryFolder folder_;
  const service::Definition& definition_;
  service::Options options_;
  std::string database_path_;
  std::unique_ptr<service::Service> service_;
};

}  // namespace dangol::testing
