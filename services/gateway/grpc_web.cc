#include "services/gateway/grpc_web.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/gateway/call_metadata.h"
#include "services/gateway/codec.h"
#include "services/gateway/compression.h"
#include "services/gateway/envelope.h"
#include "services/gateway/forward.h"

namespace dangol::gateway {
namespace {

constexpr size_t kTimeoutDigitsMax = 8;

struct Format {
  Codec codec = Codec::kProto;
  bool text = false;  // base64
};

std::optional<Format> ParseFormat(std::string_view content_type) {
  const absl::string_view name =
      absl::string_view(content_type.data(), content_type.size()).substr(0, content_type.find(';'));
  std::string rest = absl::AsciiStrToLower(absl::StripAsciiWhitespace(name));
  constexpr std::string_view kPrefix = "application/grpc-web";
  if (!rest.starts_with(kPrefix)) return std::nullopt;
  rest.erase(0, kPrefix.size());
  Format format;
  if (rest.starts_with("-text")) {
    format.text = true;
    rest.erase(0, 5);
  }
  if (rest == "+json") {
    format.codec = Codec::kJson;
  } else if (!rest.empty() && rest != "+proto") {
    return std::nullopt;
  }
  return format;
}

std::string ContentTypeName(const Format& format) {
  return fmt::format("application/grpc-web{}{}", format.text ? "-text" : "",
                     format.codec == Codec::kJson ? "+json" : "+proto");
}

// `100m`: digits and a unit. None: the client names none.
absl::StatusOr<std::optional<absl::Duration>> Timeout(const Headers& headers) {
  const std::string_view text = rpc::FindMetadata(headers, "grpc-timeout");
  if (text.empty()) return std::nullopt;
  const std::string digits(text.substr(0, text.size() - 1));
  int64_t number = 0;
  const bool valid = !digits.empty() && digits.size() <= kTimeoutDigitsMax &&
                     digits.find_first_not_of("0123456789") == std::string::npos && absl::SimpleAtoi(digits, &number);
  if (valid) {
    switch (text.back()) {
      case 'H':
        return absl::Hours(number);
      case 'M':
        return absl::Minutes(number);
      case 'S':
        return absl::Seconds(number);
      case 'm':
        return absl::Milliseconds(number);
      case 'u':
        return absl::Microseconds(number);
      case 'n':
        return absl::Nanoseconds(number);
      default:
        break;
    }
  }
  return Error(absl::StatusCode::kInvalidArgument, "TIMEOUT_INVALID",
               fmt::format("grpc-timeout: {} is no time. Send at most {} digits and a unit, such as 500m.",
                           ShownValue(text), kTimeoutDigitsMax));
}

// As HTTP/2's trailers have it: what is not printable ASCII, and '%', in hexadecimal.
std::string PercentEncoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e || c == '%') {
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", byte);
    } else {
      encoded += c;
    }
  }
  return encoded;
}

// What stands behind the last message.
std::string Trailers(const absl::Status& status, const rpc::ServerMetadata& metadata) {
  Headers trailers = {{"grpc-status", fmt::format("{}", static_cast<int>(status.code()))}};
  if (!status.ok()) {
    trailers.emplace_back("grpc-message", PercentEncoded({status.message().data(), status.message().size()}));
    const std::string details =
        metadata.status_details.empty() ? SerializeErrorDetails(status) : metadata.status_details;
    if (!details.empty()) trailers.emplace_back("grpc-status-details-bin", HeaderValue("-bin", details));
  }
  AppendHeaders(metadata.trailing, "", trailers);
  std::string block;
  for (const auto& [name, value] : trailers) block += fmt::format("{}: {}\r\n", name, value);
  return Envelope(kGrpcWebTrailersFlag, block);
}

std::string Encoded(const Format& format, std::string bytes) { return format.text ? absl::Base64Escape(bytes) : bytes; }

HttpResponse Head(const Format& format, bool gzip, const rpc::Metadata& initial) {
  HttpResponse head;
  head.headers = {{"content-type", ContentTypeName(format)},
                  {"cache-control", "no-store, no-transform"},
                  {"x-accel-buffering", "no"},
                  {"grpc-accept-encoding", "gzip"}};
  if (gzip) head.headers.emplace_back("grpc-encoding", "gzip");
  AppendHeaders(initial, "", head.headers);
  return head;
}

absl::StatusOr<std::string> Body(HttpRequest& request, const Format& format) {
  std::string body = std::exchange(request.body, "");
  if (!format.text) return body;
  std::string bytes;
  if (absl::Base64Unescape(body, &bytes)) return bytes;
  return Error(absl::StatusCode::kInvalidArgument, "MALFORMED_BASE64",
               "The body is not base64, although its content type says so.");
}

}  // namespace

bool IsGrpcWeb(std::string_view content_type) { return ParseFormat(content_type).has_value(); }

void ServeGrpcWeb(std::shared_ptr<HttpExchange> exchange, const Route& route, Runtime& runtime,
                  const CallLimits& limits) {
  HttpRequest& request = exchange->request;
  if (request.verb != "POST") return exchange->Respond({405, {{"allow", "POST"}}, ""});
  const Format format = ParseFormat(rpc::FindMetadata(request.headers, "content-type")).value_or(Format());
  const bool gzip = AcceptsGzip(rpc::FindMetadata(request.headers, "grpc-accept-encoding"));
  const auto prepare = [&]() -> absl::StatusOr<ForwardedCall> {
    if (route.method == nullptr || route.method->client_streaming()) {
      return Error(absl::StatusCode::kUnimplemented, "UNKNOWN_METHOD", "There is no such method here. Check its name.");
    }
    RETURN_IF_ERROR(FaultError(request.fault, limits));
    ASSIGN_OR_RETURN(const Encoding encoding, ParseEncoding(rpc::FindMetadata(request.headers, "grpc-encoding")));
    ASSIGN_OR_RETURN(const std::string body, Body(request, format));
    ASSIGN_OR_RETURN(std::string message, OnlyMessage(body, encoding, TextBytesMax(format.codec, limits)));
    ASSIGN_OR_RETURN(const auto timeout, Timeout(request.headers));
    return PrepareCall(*exchange, route, format.codec, std::move(message),
                       CallDeadline(route, timeout, runtime.Now(), limits), limits);
  };
  absl::StatusOr<ForwardedCall> call = prepare();
  if (!call.ok()) {
    HttpResponse response = Head(format, false, {});
    response.body = Encoded(format, Trailers(call.status(), {}));
    return exchange->Respond(std::move(response));
  }
  // A unary call is a stream of one message here.
  StreamWriter writer;
  writer.head = [format, gzip](const rpc::Metadata& initial) { return Head(format, gzip, initial); };
  writer.piece = [format, gzip, type = route.method->output_type()](std::string bytes) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const std::string message, EncodeMessage(format.codec, type, std::move(bytes)));
    return Encoded(format, MessageEnvelope(message, gzip));
  };
  writer.end = [format](const absl::Status& status, const rpc::ServerMetadata& metadata) {
    return Encoded(format, Trailers(status, metadata));
  };
  ForwardStream(exchange, *std::move(call), std::move(writer));
}

}  // namespace dangol::gateway
