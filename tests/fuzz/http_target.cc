#include <memory>
#include <string>

#include "services/gateway/gateway.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/http_client.h"

namespace dangol::fuzz {
namespace {

// Answers every call with the empty message, which is one of any type.
class EmptyAnswers : public rpc::Channel {
 public:
  void Unary(std::string, std::string, rpc::CallOptions, absl::AnyInvocable<void(rpc::Reply) &&> done) override {
    std::move(done)({});
  }
  std::unique_ptr<rpc::ClientStream> Stream(std::string, std::string, rpc::CallOptions) override {
    class OneMessage : public rpc::ClientStream {
     public:
      void Read(absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&> done) override {
        if (said_) return std::move(done)(std::nullopt, absl::OkStatus());
        said_ = true;
        std::move(done)("", absl::OkStatus());
      }

     private:
      bool said_ = false;
    };
    return std::make_unique<OneMessage>();
  }
};

std::unique_ptr<gateway::Gateway> StartGateway() {
  gateway::GatewayOptions options;
  options.http.threads = 1;
  options.http.body_bytes_max = 64 << 10;
  options.path_prefix = "/dangol";
  for (const char* name : {"tickets", "backlog", "metrics"}) {
    options.backends.push_back({name, "", std::make_shared<EmptyAnswers>()});
  }
  auto gateway = gateway::Gateway::Start(RealRuntime(), std::move(options));
  Require(gateway.ok(), "the gateway starts");
  return *std::move(gateway);
}

}  // namespace

// The bytes of a connection. What comes back are answers, each begun as one.
Target HttpTarget() {
  return [gateway = std::shared_ptr<gateway::Gateway>(StartGateway())](std::string_view input) {
    testing::HttpClient client(gateway->port());
    client.Send(input);
    client.EndSending();
    const std::string answers = client.ReadAll();
    Require(answers.empty() || answers.starts_with("HTTP/1.1 "), "an answer begins as one");
    Require(answers.find("\r\nx-injected:") == std::string::npos, "nobody puts a header into an answer");
  };
}

}  // namespace dangol::fuzz
