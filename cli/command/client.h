// Calls for commands, which have nothing else to do than wait for the answer.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

#include "cli/suite/suite.h"
#include "common/rpc/grpc_channel.h"
#include "common/rpc/transport.h"

namespace dangol::cli {

// `--timeout`, a positive duration such as 30s, 500ms or 2m.
void AddTimeoutFlag(CLI::App& app, absl::Duration& timeout);

// A channel to one service. Errors of the connection say where it led, and what to do.
class Client {
 public:
  explicit Client(std::string address, rpc::GrpcChannelOptions options = {});
  // By a channel that leads there and says who calls.
  Client(std::string address, std::unique_ptr<rpc::Channel> channel)
      : address_(std::move(address)), channel_(std::move(channel)) {}

  std::future<rpc::Reply> Start(const std::string& method, const google::protobuf::Message& request,
                                absl::Duration timeout, rpc::Metadata metadata = {});
  // Calls `each` with the messages as they come, until it returns false, which is OK, or the stream ends. OK too where
  // `stop`, which is asked some times a second, says so.
  absl::Status Stream(const std::string& method, const google::protobuf::Message& request, absl::Duration timeout,
                      rpc::Metadata metadata, const std::function<bool(const std::string&)>& each,
                      const std::function<bool()>& stop = nullptr);

 private:
  const std::string address_;
  absl::Status unusable_;  // why there is no channel
  std::unique_ptr<rpc::Channel> channel_;
};

// One call. A write with a request_id whose outcome is unknown is sent again for some seconds, with the same
// request_id.
absl::StatusOr<rpc::Reply> CallOnce(Client& client, const std::string& method, const google::protobuf::Message& request,
                                    absl::Duration timeout, rpc::Metadata metadata = {});

// As CallOnce, for a method whose answer is known.
template <typename Response>
absl::StatusOr<Response> Call(Client& client, const std::string& method, const google::protobuf::Message& request,
                              absl::Duration timeout, rpc::Metadata metadata = {}) {
  absl::StatusOr<rpc::Reply> reply = CallOnce(client, method, request, timeout, std::move(metadata));
  if (!reply.ok()) return reply.status();
  Response response;
  if (!response.ParseFromString(reply->message)) {
    return absl::InternalError("The answer cannot be read: it is not of this version of Dangol.");
  }
  return response;
}

// The same call to all targets at once, whatever their health; the answers are in their order.
template <typename Response>
std::vector<absl::StatusOr<Response>> CallAll(const std::vector<Target>& targets, const std::string& method,
                                              const google::protobuf::Message& request, absl::Duration timeout) {
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::future<rpc::Reply>> replies;
  for (const Target& target : targets) {
    clients.push_back(std::make_unique<Client>(target.address, rpc::GrpcChannelOptions{.serving_only = false}));
    replies.push_back(clients.back()->Start(method, request, timeout));
  }
  std::vector<absl::StatusOr<Response>> responses;
  for (std::future<rpc::Reply>& future : replies) {
    rpc::Reply reply = future.get();
    Response response;
    if (!reply.status.ok()) {
      responses.push_back(std::move(reply.status));
    } else if (!response.ParseFromString(reply.message)) {
      responses.push_back(absl::InternalError("The answer cannot be read: it is not of this version of Dangol."));
    } else {
      responses.push_back(std::move(response));
    }
  }
  return responses;
}

}  // namespace dangol::cli
