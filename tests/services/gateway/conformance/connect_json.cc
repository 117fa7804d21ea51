#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "fmt/format.h"
#include "google/protobuf/util/message_differencer.h"

#include "common/base/json.h"
#include "nlohmann/json.hpp"
#include "tests/services/gateway/conformance/answer_parts.h"
#include "tests/services/gateway/conformance/suite_file.h"

namespace dangol::gateway {
namespace {

namespace v1 = connectrpc::conformance::v1;
using nlohmann::json;

class JsonReader {
 public:
  explicit JsonReader(ClientResponseResult& result) : result_(result) {}

  json Parsed(const std::string& text) {
    std::vector<std::set<std::string>> keys;
    const json::parser_callback_t callback = [&](int, json::parse_event_t event, json& value) {
      if (event == json::parse_event_t::object_start) keys.emplace_back();
      if (event == json::parse_event_t::object_end) keys.pop_back();
      if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) {
        Complain(fmt::format("the key {} occurs twice", value.get<std::string>()));
      }
      return true;
    };
    json parsed = json::parse(text, callback, /*allow_exceptions=*/false);
    if (!parsed.is_object()) {
      Complain(fmt::format("no JSON object: {}", text));
      return json::object();
    }
    return parsed;
  }

  void ReadError(const json& object) {
    CheckKeys(object, {"code", "message", "details"});
    v1::Error& error = *result_.mutable_error();
    const std::string name = TextAt(object, "code");
    v1::Code code = v1::CODE_UNSPECIFIED;
    if (absl::AsciiStrToLower(name) != name || !v1::Code_Parse("CODE_" + absl::AsciiStrToUpper(name), &code) ||
        code == v1::CODE_UNSPECIFIED) {
      Complain(fmt::format("'{}' is no code", name));
    }
    error.set_code(code);
    if (object.contains("message")) error.set_message(TextAt(object, "message"));
    if (!object.contains("details")) return;
    for (const json& detail : object["details"]) ReadDetail(detail, *error.add_details());
  }

  void ReadEnd(const json& end) {
    CheckKeys(end, {"error", "metadata"});
    if (end.contains("error")) ReadError(end["error"]);
    if (!end.contains("metadata")) return;
    for (const auto& [name, values] : end["metadata"].items()) {
      if (!values.is_array()) Complain(fmt::format("metadata {} is no array", name));
      for (const json& value : values) {
        if (!value.is_string()) return Complain(fmt::format("metadata {} has a value that is no text", name));
        AddHeader(*result_.mutable_response_trailers(), name, value.get<std::string>());
      }
    }
  }

 private:
  void Complain(const std::string& problem) { result_.add_feedback(problem); }

  void CheckKeys(const json& object, const std::set<std::string>& known) {
    for (const auto& [key, value] : object.items()) {
      if (!known.contains(key)) Complain(fmt::format("the JSON has a key {}", key));
    }
  }

  static std::string TextAt(const json& object, const char* key) {
    return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : std::string();
  }

  void ReadDetail(const json& detail, google::protobuf::Any& any) {
    CheckKeys(detail, {"type", "value", "debug"});
    const std::string type = TextAt(detail, "type");
    const std::string value = TextAt(detail, "value");
    if (type.empty() || type.find('/') != std::string::npos) Complain(fmt::format("'{}' is no type", type));
    std::string bytes;
    if (!absl::Base64Unescape(value, &bytes) || value.ends_with('=')) {
      Complain("a detail is not base64 without padding");
    }
    any.set_type_url("type.googleapis.com/" + type);
    any.set_value(bytes);
    const auto message = Unpacked(any);
    if (message == nullptr || !detail.contains("debug")) return;
    const std::unique_ptr<google::protobuf::Message> shown(message->New());
    if (!FromJson(detail["debug"].dump(), *shown).ok() ||
        !google::protobuf::util::MessageDifferencer::Equals(*shown, *message)) {
      Complain(fmt::format("debug of {} says something else than its value", type));
    }
  }

  ClientResponseResult& result_;
};

}  // namespace

void ReadConnectError(const std::string& json, ClientResponseResult& result) {
  JsonReader reader(result);
  reader.ReadError(reader.Parsed(json));
}

void ReadConnectEnd(const std::string& json, ClientResponseResult& result) {
  JsonReader reader(result);
  reader.ReadEnd(reader.Parsed(json));
}

}  // namespace dangol::gateway
