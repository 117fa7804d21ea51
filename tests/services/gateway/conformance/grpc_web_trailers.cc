#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "fmt/format.h"
#include "google/rpc/status.pb.h"

#include "services/gateway/http.h"
#include "tests/services/gateway/conformance/answer_parts.h"

namespace dangol::gateway {
namespace {

namespace v1 = connectrpc::conformance::v1;

class TrailersReader {
 public:
  explicit TrailersReader(ClientResponseResult& result) : result_(result) {}

  void Read(std::string_view block) {
    std::vector<std::string> codes;
    std::vector<std::string> messages;
    std::vector<std::string> details;
    while (!block.empty()) {
      const size_t end = block.find("\r\n");
      if (end == std::string_view::npos) return Complain("the last trailer has no line end");
      const std::string_view line = block.substr(0, end);
      block.remove_prefix(end + 2);
      const size_t colon = line.find(':');
      if (colon == std::string_view::npos || colon == 0) return Complain("a trailer has no name");
      const std::string name(line.substr(0, colon));
      const std::string value(
          absl::StripAsciiWhitespace(absl::string_view(line.data(), line.size()).substr(colon + 1)));
      CheckTrailer(name, value);
      if (name == "grpc-status") {
        codes.push_back(value);
      } else if (name == "grpc-message") {
        messages.push_back(value);
      } else if (name == "grpc-status-details-bin") {
        details.push_back(value);
      } else {
        AddHeader(*result_.mutable_response_trailers(), name, value);
      }
    }
    ReadGrpcStatus(codes, messages, details);
  }

 private:
  void Complain(const std::string& problem) { result_.add_feedback(problem); }

  void CheckTrailer(const std::string& name, const std::string& value) {
    if (name != absl::AsciiStrToLower(name)) Complain(fmt::format("the trailer {} is not in lower case", name));
    if (name.ends_with("-bin") && value.ends_with('=')) Complain(fmt::format("{} is base64 with padding", name));
    if (std::ranges::any_of(value, [](char c) { return c < ' ' || c > '~'; })) {
      Complain(fmt::format("the trailer {} has characters that nobody sees", name));
    }
  }

  void ReadGrpcStatus(const std::vector<std::string>& codes, const std::vector<std::string>& messages,
                      const std::vector<std::string>& details) {
    int code = 0;
    if (codes.size() != 1 || !absl::SimpleAtoi(codes[0], &code) || !v1::Code_IsValid(code)) {
      return Complain("grpc-status is not there exactly once, 0 to 16");
    }
    if (messages.size() > 1 || details.size() > 1) Complain("grpc-message or its details are there twice");
    const std::string message = messages.empty() ? "" : PercentDecoded(messages[0]).value_or("broken %-escape");
    if (code == 0) {
      if (!message.empty()) Complain("a success has a message");
      return;
    }
    v1::Error& error = *result_.mutable_error();
    error.set_code(static_cast<v1::Code>(code));
    error.set_message(message);
    if (details.empty()) return;
    std::string bytes;
    google::rpc::Status status;
    if (!absl::Base64Unescape(details[0], &bytes) || !status.ParseFromString(bytes)) return Complain("broken details");
    if (status.code() != code || status.message() != message) Complain("the details have another code or message");
    *error.mutable_details() = status.details();
  }

  ClientResponseResult& result_;
};

}  // namespace

void ReadGrpcWebTrailers(std::string_view block, ClientResponseResult& result) { TrailersReader(result).Read(block); }

}  // namespace dangol::gateway
