// The real server of one service in a process of its own, for tests that kill it and benchmarks that load it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

#include "common/rpc/transport.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "tests/support/child_process.h"
#include "tests/support/local_service.h"

namespace dangol::testing {

// Whether this build is slower than what users run by more than a machine's load explains.
inline constexpr bool kSanitized =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    true;
#else
    false;
#endif

// More than anything takes.
inline constexpr absl::Duration kPatience = absl::Seconds(60);

// A positive number from the environment; `otherwise` where there is none.
int64_t NumberFromEnvironment(const char* name, int64_t otherwise);

// Makes one call, of a request in wire format, and waits for its answer.
rpc::Reply CallAndWait(rpc::Channel& channel, std::string_view method, std::string request, rpc::CallOptions options);
rpc::Reply CallAndWait(rpc::Channel& channel, std::string_view method, std::string request,
                       absl::Duration timeout = absl::Seconds(30));

template <typename Response>
absl::StatusOr<Response> Ask(rpc::Channel& channel, std::string_view method, const google::protobuf::Message& request,
                             absl::Duration timeout = absl::Seconds(30)) {
  const rpc::Reply reply = CallAndWait(channel, method, request.SerializeAsString(), timeout);
  if (!reply.status.ok()) return reply.status;
  Response response;
  if (!response.ParseFromString(reply.message)) return absl::DataLossError("the answer does not parse");
  return response;
}

// Used by one thread, as ChildProcess.
class ServiceProcess {
 public:
  // `program`: path of the server of `service`, such as `tickets`. It will listen on 127.0.0.1. Chooses a folder, and
  // starts nothing yet.
  ServiceProcess(std::string program, std::string service, int port = FreePorts());

  // Instead of an SQLite file in its folder. From the next start on.
  void UseDatabase(std::string url) { database_url_ = std::move(url); }
  // From the next start on, beside those that say where it listens and where its database is.
  void AddArguments(const std::vector<std::string>& arguments) {
    arguments_.insert(arguments_.end(), arguments.begin(), arguments.end());
  }

  void Start();
  // Returns the time from the start until health is SERVING and GetStatus was answered; none: it did not come up within
  // a minute. That is measured with a clock that nobody sets.
  std::optional<absl::Duration> WaitUntilReady();

  void Kill() { process_->Kill(); }
  // SIGTERM. What it ended with; none: it did not end in time.
  std::optional<int> Stop(absl::Duration time);
  bool Running() { return process_ != nullptr && process_->Running(); }

  ChildProcess& process() const { return *process_; }
  const std::string& service() const { return service_; }
  const std::string& address() const { return address_; }
  const std::string& database_path() const { return database_path_; }
  const std::string& database_url() const { return database_url_; }
  std::string File(std::string_view name) const { return folder_.File(name); }

  // A connection of its own, which finds a server that is back soon.
  std::unique_ptr<rpc::Channel> NewChannel() const;
  absl::StatusOr<api::v1::GetStatusResponse> Status() const;

 private:
  bool IsServing() const;

  const std::string program_;
  const std::string service_;
  TemporaryFolder folder_;
  const std::string address_;
  const std::string database_path_;
  std::string database_url_;
  std::vector<std::string> arguments_;
  absl::Duration start_ = absl::ZeroDuration();  // on the steady clock
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace dangol::testing
