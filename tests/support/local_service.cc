#include "tests/support/local_service.h"

#include <cstdio>
#include <cstdlib>
#include <future>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "tests/support/postgres_server.h"

namespace dangol::testing {
namespace {

class LocalCall : public rpc::ServerUnaryCall {
 public:
  std::future<rpc::Reply> reply() { return reply_.get_future(); }
  bool cancelled() const override { return absl::Now() > deadline; }
  void OnCancel(Task) override {}
  void Finish(rpc::Reply reply) override { reply_.set_value(std::move(reply)); }

 private:
  std::promise<rpc::Reply> reply_;
};

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "dangol-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

rpc::Reply CallBytes(rpc::MethodTable& table, std::string_view method, std::string request, rpc::Metadata metadata,
                     absl::Time deadline) {
  auto call = std::make_shared<LocalCall>();
  call->method = method;
  call->metadata = std::move(metadata);
  call->deadline = deadline;
  call->request = std::move(request);
  std::future<rpc::Reply> reply = call->reply();
  table.Start(std::move(call));
  return reply.get();
}

LocalService::LocalService(const service::Definition& definition, service::Options options)
    : definition_(definition), options_(std::move(options)) {
  if (options_.database_url.empty()) {
    database_path_ = OnPostgres() ? PostgresDatabaseOf(folder_.path()) : folder_.File("service.db");
    options_.database_url = OnPostgres() ? database_path_ : "sqlite:" + database_path_;
  }
  Restart();
}

void LocalService::Restart() {
  service_ = nullptr;
  auto service = service::Service::Open(definition_, options_);
  if (!service.ok()) {
    fmt::print(stderr, "{}\n", std::string(service.status().message()));
    std::abort();
  }
  service_ = *std::move(service);
}

}  // namespace dangol::testing
