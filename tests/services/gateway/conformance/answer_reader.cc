#include "tests/services/gateway/conformance/answer_reader.h"

#include <string>
#include <string_view>
#include <utility>

#include "fmt/format.h"

#include "common/base/json.h"
#include "services/gateway/compression.h"
#include "services/gateway/envelope.h"
#include "tests/services/gateway/conformance/answer_parts.h"

namespace dangol::gateway {
namespace {

namespace v1 = connectrpc::conformance::v1;

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

  void ReadHeader(std::string_view name, std::string_view value) {
    if (name.ends_with("-bin") && value.ends_with('=')) Complain(fmt::format("{} is base64 with padding", name));
    const bool trailer =
        format_.protocol == v1::PROTOCOL_CONNECT && !format_.streaming && name.starts_with(kTrailerPrefix);
    if (trailer) return AddHeader(*result_.mutable_response_trailers(), name.substr(kTrailerPrefix.size()), value);
    AddHeader(*result_.mutable_response_headers(), name, value);
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
      return ReadConnectError(Unpack(answer_.Header("content-encoding"), answer_.body), result_);
    }
    result_.mutable_error()->set_code(CodeOfHttpStatus(answer_.status));
    result_.mutable_error()->set_message(fmt::format("HTTP status {}", answer_.status));
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
        ReadGrpcWebTrailers(payload, result_);
      } else {
        ReadConnectEnd(payload, result_);
      }
    }
    if (!ended) Complain("the end is missing");
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
