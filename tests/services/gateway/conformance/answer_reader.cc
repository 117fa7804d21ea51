#include "tests/services/gateway/conformance/answer_reader.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "fmt/format.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/rpc/status.pb.h"

#include "common/base/json.h"
#include "nlohmann/json.hpp"
#include "services/gateway/compression.h"
#include "services/gateway/envelope.h"
#include "services/gateway/http.h"
#include "tests/services/gateway/conformance/suite_file.h"

namespace dangol::gateway {
namespace {

namespace v1 = connectrpc::conformance::v1;
using nlohmann::json;
using HeaderList = google::protobuf::RepeatedPtrField<v1::Header>;

constexpr size_t kAnswerBytesMax = 16 << 20;
constexpr std::string_view kTrailerPrefix = "trailer-";

v1::Code CodeOfHttpStatus(int status) {
  switch (status) {
    case 400:
      return v1::CODE_INTERNAL;
    case 401:
      return v1::CODE_UNAUTHENTICATED;
    case 403:
      return v1::CODE_PERMISSION_DENIED;
    case 404:
      return v1::CODE_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
      return v1::CODE_UNAVAILABLE;
    default:
      return v1::CODE_UNKNOWN;
  }
}

class Reader {
 public:
  Reader(const testing::HttpAnswer& answer, const AnswerFormat& format) : answer_(answer), format_(format) {}

  v1::ClientResponseResult Read() {
    result_.set_http_status_code(answer_.status);
    if (!answer_.Header("trailer").empty()) Complain("it has trailers of HTTP");
    for (const auto& [name, value] : answer_.headers) ReadHeader(name, value);
    const bool framed = format_.protocol == v1::PROTOCOL_GRPC_WEB || format_.streaming;
    if (answer_.status != 200) {
      ReadFailure();
    } else if (answer_.Header("content-type") != ContentType()) {
      Complain(fmt::format("its type is {} instead of {}", answer_.Header("content-type"), ContentType()));
    } else if (framed) {
      ReadFrames();
    } else {
      ReadMessage(Unpack(answer_.Header("content-encoding"), answer_.body));
    }
    return std::move(result_);
  }

 private:
  void Complain(std::string_view problem) { result_.add_feedback(std::string(problem)); }

  std::string ContentType() const {
    const std::string_view codec = format_.codec == v1::CODEC_JSON ? "json" : "proto";
    if (format_.protocol == v1::PROTOCOL_GRPC_WEB) return fmt::format("application/grpc-web+{}", codec);
    return fmt::format("application/{}{}", format_.streaming ? "connect+" : "", codec);
  }

  static void Add(HeaderList& headers, std::string_view name, std::string_view value) {
    v1::Header* header = headers.Add();
    header->set_name(std::string(name));
    header->add_value(std::string(value));
  }

  void ReadHeader(std::string_view name, std::string_view value) {
    if (name.ends_with("-bin") && value.ends_with('=')) Complain(fmt::format("{} is base64 with padding", name));
    const bool trailer =
        format_.protocol == v1::PROTOCOL_CONNECT && !format_.streaming && name.starts_with(kTrailerPrefix);
    if (trailer) return Add(*result_.mutable_response_trailers(), name.substr(kTrailerPrefix.size()), value);
    Add(*result_.mutable_response_headers(), name, value);
  }

  std::string Unpack(std::string_view encoding, std::string_view bytes) {
    const absl::StatusOr<Encoding> known = ParseEncoding(encoding);
    if (!known.ok()) return Complain(fmt::format("unknown encoding {}", encoding)), "";
    absl::StatusOr<std::string> text = Decompress(*known, std::string(bytes), kAnswerBytesMax);
    if (!text.ok()) return Complain(fmt::format("it is not {}", encoding)), "";
    return *std::move(text);
  }

  void ReadMessage(const std::string& text) {
    // All answers have this one field.
    v1::ServerStreamResponse message;
    const bool parsed = format_.codec == v1::CODEC_JSON ? FromJson(text, message).ok() : message.ParseFromString(text);
    if (!parsed) Complain("a message cannot be parsed");
    *result_.add_payloads() = message.payload();
  }

  // A status that is not 200: an error of Connect, or of HTTP alone.
  void ReadFailure() {
    if (format_.protocol == v1::PROTOCOL_CONNECT && answer_.Header("content-type") == "application/json") {
      return ReadErrorJson(ParsedJson(Unpack(answer_.Header("content-encoding"), answer_.body)));
    }
    result_.mutable_error()->set_code(CodeOfHttpStatus(answer_.status));
    result_.mutable_error()->set_message(fmt::format("HTTP status {}", answer_.status));
  }

  json ParsedJson(const std::string& text) {
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

  void CheckKeys(const json& object, const std::set<std::string>& known) {
    for (const auto& [key, value] : object.items()) {
      if (!known.contains(key)) Complain(fmt::format("the JSON has a key {}", key));
    }
  }

  static std::string TextAt(const json& object, const char* key) {
    return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : std::string();
  }

  void ReadErrorJson(const json& object) {
    CheckKeys(object, {"code", "message", "details"});
    v1::Error& error = *result_.mutable_error();
    const std::string name = TextAt(object, "code");
    v1::Code code = v1::CODE_UNSPECIFIED;
    if (absl::AsciiStrToLower(name) != name || !v1::Code_Parse("CODE_" + absl::AsciiStrToUpper(name), &code)) {
      Complain(fmt::format("'{}' is no code", name));
    }
    error.set_code(code);
    if (object.contains("message")) error.set_message(TextAt(object, "message"));
    if (!object.contains("details")) return;
    for (const json& detail : object["details"]) ReadDetail(detail, *error.add_details());
  }

  void ReadDetail(const json& detail, google::protobuf::Any& any) {
    CheckKeys(detail, {"type", "value", "debug"});
    const std::string type = TextAt(detail, "type");
    const std::string value = TextAt(detail, "value");
    if (type.empty() || type.find('/') != std::string::npos) Complain(fmt::format("'{}' is no type", type));
    std::string bytes;
    if (!absl::Base64Unescape(value, &bytes) || value.ends_with('='))
      Complain("a detail is not base64 without padding");
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

  void ReadFrames() {
    const bool web = format_.protocol == v1::PROTOCOL_GRPC_WEB;
    const std::string encoding = answer_.Header(web ? "grpc-encoding" : "connect-content-encoding");
    const uint8_t end_flag = web ? kGrpcWebTrailersFlag : kConnectEndFlag;
    bool ended = false;
    for (std::string_view rest = answer_.body; !rest.empty();) {
      if (ended) return Complain("something follows the end");
      size_t length = 0;
      for (size_t i = 1; i < 5 && i < rest.size(); ++i) length = length << 8 | static_cast<unsigned char>(rest[i]);
      if (rest.size() < 5 || rest.size() - 5 < length) return Complain("the last frame is cut off");
      const auto flags = static_cast<uint8_t>(rest[0]);
      std::string payload(rest.substr(5, length));
      rest.remove_prefix(5 + length);
      if ((flags & kCompressedFlag) != 0) {
        if (encoding.empty()) Complain("a message is compressed, and no header says how");
        payload = Unpack(encoding, payload);
      }
      ended = (flags & end_flag) != 0;
      if ((flags & ~(kCompressedFlag | end_flag)) != 0) Complain(fmt::format("a frame has the flags {}", flags));
      if (!ended) {
        ReadMessage(payload);
      } else if (web) {
        ReadTrailers(payload);
      } else {
        ReadEnd(ParsedJson(payload));
      }
    }
    if (!ended) Complain("the end is missing");
  }

  void ReadEnd(const json& end) {
    CheckKeys(end, {"error", "metadata"});
    if (end.contains("error")) ReadErrorJson(end["error"]);
    if (!end.contains("metadata")) return;
    for (const auto& [name, values] : end["metadata"].items()) {
      if (!values.is_array()) Complain(fmt::format("metadata {} is no array", name));
      for (const json& value : values) {
        if (!value.is_string()) return Complain(fmt::format("metadata {} has a value that is no text", name));
        Add(*result_.mutable_response_trailers(), name, value.get<std::string>());
      }
    }
  }

  void ReadTrailers(std::string_view block) {
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
        Add(*result_.mutable_response_trailers(), name, value);
      }
    }
    ReadGrpcStatus(codes, messages, details);
  }

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

  const testing::HttpAnswer& answer_;
  const AnswerFormat format_;
  v1::ClientResponseResult result_;
};

}  // namespace

v1::ClientResponseResult ReadAnswer(const testing::HttpAnswer& answer, const AnswerFormat& format) {
  return Reader(answer, format).Read();
}

}  // namespace dangol::gateway
