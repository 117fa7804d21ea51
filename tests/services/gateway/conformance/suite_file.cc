#include "tests/services/gateway/conformance/suite_file.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "fmt/format.h"

#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "common/rpc/methods.h"
#include "nlohmann/json.hpp"
#include "yaml-cpp/yaml.h"

namespace dangol::gateway {
namespace {

namespace v1 = connectrpc::conformance::v1;

// Numbers stay texts: the JSON form of protobuf takes them as such.
nlohmann::json JsonOf(const YAML::Node& node) {
  if (node.IsMap()) {
    nlohmann::json json = nlohmann::json::object();
    for (const auto& entry : node) json[entry.first.Scalar()] = JsonOf(entry.second);
    return json;
  }
  if (node.IsSequence()) {
    nlohmann::json json = nlohmann::json::array();
    for (const YAML::Node& item : node) json.push_back(JsonOf(item));
    return json;
  }
  if (!node.IsScalar()) return nullptr;
  const bool quoted = node.Tag() == "!";
  if (!quoted && (node.Scalar() == "true" || node.Scalar() == "false")) return node.Scalar() == "true";
  return node.Scalar();
}

// Fills `request_data` until the message has this many bytes.
void Expand(size_t bytes, google::protobuf::Message& message) {
  const auto* field = message.GetDescriptor()->FindFieldByName("request_data");
  size_t data = bytes;
  do {
    message.GetReflection()->SetString(&message, field, std::string(data, '\0'));
    if (message.ByteSizeLong() > bytes) data -= message.ByteSizeLong() - bytes;
  } while (message.ByteSizeLong() > bytes);
}

absl::Status ExpandRequests(v1::TestCase& test_case) {
  for (int i = 0; i < test_case.expand_requests_size(); ++i) {
    const v1::TestCase::ExpandedSize& size = test_case.expand_requests(i);
    if (!size.has_size_relative_to_limit() || i >= test_case.request().request_messages_size()) continue;
    google::protobuf::Any& any = *test_case.mutable_request()->mutable_request_messages(i);
    const std::unique_ptr<google::protobuf::Message> message = Unpacked(any);
    if (message == nullptr) return absl::InvalidArgumentError(any.type_url());
    Expand(static_cast<size_t>(kConformanceMessageBytesMax + size.size_relative_to_limit()), *message);
    any.PackFrom(*message);
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> SuiteFiles(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<v1::TestSuite> ReadSuite(const std::string& file) {
  nlohmann::json json;
  try {
    json = JsonOf(YAML::LoadFile(file));
  } catch (const YAML::Exception& exception) {
    return absl::InvalidArgumentError(fmt::format("{}: {}", file, exception.what()));
  }
  if (json.value("mode", "") == "TEST_MODE_CLIENT") json.erase("testCases");
  v1::TestSuite suite;
  RETURN_IF_ERROR(FromJson(json.dump(), suite, file));
  for (v1::TestCase& test_case : *suite.mutable_test_cases()) RETURN_IF_ERROR(ExpandRequests(test_case));
  return suite;
}

std::unique_ptr<google::protobuf::Message> Unpacked(const google::protobuf::Any& any) {
  const std::string type = any.type_url().substr(any.type_url().rfind('/') + 1);
  const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type);
  if (descriptor == nullptr) return nullptr;
  std::unique_ptr<google::protobuf::Message> message = rpc::NewMessage(descriptor);
  return message->ParseFromString(any.value()) ? std::move(message) : nullptr;
}

}  // namespace dangol::gateway
