#include "services/gateway/connect.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.pb.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "services/gateway/call_metadata.h"
#include "services/gateway/codec.h"
#include "services/gateway/compression.h"
#include "services/gateway/connect_error.h"
#include "services/gateway/envelope.h"
#include "services/gateway/forward.h"

namespace dangol::gateway {
namespace {

constexpr size_t kTimeoutDigitsMax = 10;

struct ContentType {
  std::string_view name;
  Codec codec;
  bool streaming;
};

constexpr ContentType kContentTypes[] = {
    {"application/json", Codec::kJson, false},
    {"application/proto", Codec::kProto, false},
    {"application/connect+json", Codec::kJson, true},
    {"application/connect+proto", Codec::kProto, true},
};

// Parameters such as a charset do not count.
const ContentType* FindContentType(std::string_view value) {
  const absl::string_view name = absl::string_view(value.data(), value.size()).substr(0, value.find(';'));
  const std::string lower = absl::AsciiStrToLower(absl::StripAsciiWhitespace(name));
  const auto* found = std::ranges::find(kContentTypes, lower, &ContentType::name);
  return found == std::end(kContentTypes) ? nullptr : found;
}

std::string_view ContentTypeName(Codec codec, bool streaming) {
  const auto* found = std::ranges::find_if(
      kContentTypes, [&](const ContentType& one) { return one.codec == codec && one.streaming == streaming; });
  return found->name;
}

// What comes before anything of the call is known is said in HTTP alone.
HttpResponse Unsupported(bool streaming) {
  const std::string accepted =
      fmt::format("{}, {}", ContentTypeName(Codec::kJson, streaming), ContentTypeName(Codec::kProto, streaming));
  return {415, {{"accept-post", accepted}, {"content-type", "text/plain"}}, fmt::format("Send {}.\n", accepted)};
}

// None: the client names none.
absl::StatusOr<std::optional<absl::Duration>> Timeout(const Headers& headers) {
  const std::string_view text = rpc::FindMetadata(headers, "connect-timeout-ms");
  if (text.empty()) return std::nullopt;
  int64_t milliseconds = 0;
  const bool digits = text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits || text.size() > kTimeoutDigitsMax || !absl::SimpleAtoi(std::string(text), &milliseconds)) {
    return Error(absl::StatusCode::kInvalidArgument, "TIMEOUT_INVALID",
                 fmt::format("connect-timeout-ms: {} is no time. Send milliseconds, at most {} digits.",
                             ShownValue(text), kTimeoutDigitsMax));
  }
  return absl::Milliseconds(milliseconds);
}

// A request as it came, whichever way.
struct Input {
  Codec codec = Codec::kJson;
  std::string message;  // decompressed
  bool by_get = false;
};

absl::Status MissingParameter(std::string_view name) {
  return Error(absl::StatusCode::kInvalidArgument, "PARAMETER_MISSING",
               fmt::format("The query has no {}. A call by GET is ?connect=v1&encoding=json&message=%7B%7D.", name));
}

absl::StatusOr<std::string> FromBase64Url(std::string_view text) {
  std::string bytes;
  if (absl::WebSafeBase64Unescape(absl::string_view(text.data(), text.size()), &bytes)) return bytes;
  return Error(absl::StatusCode::kInvalidArgument, "MALFORMED_BASE64",
               "message: it is not base64 with the letters of URLs, although base64=1 says so.");
}

absl::StatusOr<Input> InputOfGet(const HttpRequest& request, const CallLimits& limits) {
  const auto parameters = QueryParameters(request.query);
  if (!parameters) {
    return Error(absl::StatusCode::kInvalidArgument, "MALFORMED_QUERY", "The query has a broken %-escape.");
  }
  const auto value = [&](std::string_view name) { return rpc::FindMetadata(*parameters, name); };
  const bool has_message =
      std::ranges::any_of(*parameters, [](const auto& parameter) { return parameter.first == "message"; });
  if (value("encoding").empty()) return MissingParameter("encoding");
  if (!has_message) return MissingParameter("message");
  Input input;
  input.by_get = true;
  input.codec = value("encoding") == "json" ? Codec::kJson : Codec::kProto;
  input.message = value("message");
  if (value("base64") == "1") {
    ASSIGN_OR_RETURN(input.message, FromBase64Url(input.message));
  }
  ASSIGN_OR_RETURN(const Encoding encoding, ParseEncoding(value("compression")));
  ASSIGN_OR_RETURN(input.message, Decompress(encoding, std::move(input.message), limits.message_bytes_max));
  return input;
}

absl::StatusOr<Input> InputOfPost(HttpRequest& request, Codec codec, const CallLimits& limits) {
  RETURN_IF_ERROR(FaultError(request.fault, limits));
  Input input;
  input.codec = codec;
  ASSIGN_OR_RETURN(const Encoding encoding, ParseEncoding(rpc::FindMetadata(request.headers, "content-encoding")));
  ASSIGN_OR_RETURN(input.message, Decompress(encoding, std::move(request.body), TextBytesMax(codec, limits)));
  return input;
}

// A read may be kept, and is asked for anew each time whether it still holds.
void AllowCaching(const Headers& request, HttpResponse& response) {
  const std::string etag = fmt::format("W/\"{}\"", EncodeHex(Sha256(response.body)).substr(0, 32));
  response.headers.emplace_back("etag", etag);
  response.headers.emplace_back("cache-control", "private, no-cache");
  if (rpc::FindMetadata(request, "if-none-match") != etag) return;
  response.status = 304;
  response.body.clear();
}

HttpResponse UnaryResponse(const Headers& request, const Route& route, const Input& input, rpc::WholeReply answer) {
  HttpResponse response;
  absl::StatusOr<std::string> body = AnswerText(answer, route, input.codec);
  if (body.ok()) {
    response.headers.emplace_back("content-type", ContentTypeName(input.codec, /*streaming=*/false));
    response.body = *std::move(body);
    if (input.by_get) AllowCaching(request, response);
  } else {
    response = ConnectErrorResponse(body.status(), answer.metadata.status_details);
  }
  AppendHeaders(answer.metadata.initial, "", response.headers);
  AppendHeaders(answer.metadata.trailing, "trailer-", response.headers);
  CompressBody(request, response);
  return response;
}

void ServeUnary(const std::shared_ptr<HttpExchange>& exchange, const Route& route, absl::StatusOr<Input> input,
                absl::Time now, const CallLimits& limits) {
  const auto prepare = [&]() -> absl::StatusOr<ForwardedCall> {
    if (!input.ok()) return input.status();
    ASSIGN_OR_RETURN(const auto timeout, Timeout(exchange->request.headers));
    return PrepareCall(*exchange, route, input->codec, std::move(input->message),
                       CallDeadline(route, timeout, now, limits), limits);
  };
  absl::StatusOr<ForwardedCall> call = prepare();
  if (!call.ok()) return exchange->Respond(ConnectErrorResponse(call.status()));
  ForwardUnary(exchange, *std::move(call), [exchange, route, input = *std::move(input)](rpc::WholeReply answer) {
    exchange->Respond(UnaryResponse(exchange->request.headers, route, input, std::move(answer)));
  });
}

std::string MetadataJson(const rpc::Metadata& metadata) {
  std::map<std::string, std::string> values;  // a JSON array's content
  for (const auto& [key, value] : metadata) {
    std::string& array = values[key];
    array += fmt::format("{}\"{}\"", array.empty() ? "" : ",", EscapeJson(HeaderValue(key, value)));
  }
  std::string json;
  for (const auto& [key, array] : values) {
    json += fmt::format("{}\"{}\":[{}]", json.empty() ? "" : ",", EscapeJson(key), array);
  }
  return "{" + json + "}";
}

// What stands behind the last message of every stream.
std::string EndOfStream(const absl::Status& status, const rpc::ServerMetadata& metadata) {
  std::string json;
  if (!status.ok()) json += fmt::format(R"("error":{})", ConnectErrorJson(status, metadata.status_details));
  if (!metadata.trailing.empty()) {
    json += fmt::format(R"({}"metadata":{})", json.empty() ? "" : ",", MetadataJson(metadata.trailing));
  }
  return Envelope(kConnectEndFlag, "{" + json + "}");
}

HttpResponse StreamHead(Codec codec, bool gzip, const rpc::Metadata& initial) {
  HttpResponse head;
  // Whatever stands between must hand each message on at once, as it is.
  head.headers = {{"content-type", std::string(ContentTypeName(codec, /*streaming=*/true))},
                  {"cache-control", "no-store, no-transform"},
                  {"x-accel-buffering", "no"},
                  {"connect-accept-encoding", "gzip"}};
  if (gzip) head.headers.emplace_back("connect-content-encoding", "gzip");
  AppendHeaders(initial, "", head.headers);
  return head;
}

void ServeStream(const std::shared_ptr<HttpExchange>& exchange, const Route& route, Codec codec, absl::Time now,
                 const CallLimits& limits) {
  HttpRequest& request = exchange->request;
  const bool gzip = AcceptsGzip(rpc::FindMetadata(request.headers, "connect-accept-encoding"));
  const auto prepare = [&]() -> absl::StatusOr<ForwardedCall> {
    RETURN_IF_ERROR(FaultError(request.fault, limits));
    ASSIGN_OR_RETURN(const Encoding encoding,
                     ParseEncoding(rpc::FindMetadata(request.headers, "connect-content-encoding")));
    ASSIGN_OR_RETURN(std::string message,
                     OnlyMessage(std::exchange(request.body, ""), encoding, TextBytesMax(codec, limits)));
    ASSIGN_OR_RETURN(const auto timeout, Timeout(request.headers));
    return PrepareCall(*exchange, route, codec, std::move(message), CallDeadline(route, timeout, now, limits), limits);
  };
  absl::StatusOr<ForwardedCall> call = prepare();
  if (!call.ok()) {
    HttpResponse response = StreamHead(codec, false, {});
    response.body = EndOfStream(call.status(), {});
    return exchange->Respond(std::move(response));
  }
  StreamWriter writer;
  writer.head = [codec, gzip](const rpc::Metadata& initial) { return StreamHead(codec, gzip, initial); };
  writer.piece = [codec, gzip, type = route.method->output_type()](std::string bytes) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const std::string message, EncodeMessage(codec, type, std::move(bytes)));
    return MessageEnvelope(message, gzip);
  };
  writer.end = EndOfStream;
  ForwardStream(exchange, *std::move(call), std::move(writer));
}

}  // namespace

void ServeConnect(std::shared_ptr<HttpExchange> exchange, const Route& route, Runtime& runtime,
                  const CallLimits& limits) {
  HttpRequest& request = exchange->request;
  const bool streaming = route.method->client_streaming() || route.method->server_streaming();
  const bool reads = route.method->options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
  const bool by_get = request.verb == "GET" && reads && !streaming;
  if (by_get) return ServeUnary(exchange, route, InputOfGet(request, limits), runtime.Now(), limits);
  if (request.verb != "POST") {
    return exchange->Respond({405, {{"allow", reads && !streaming ? "GET, POST" : "POST"}}, ""});
  }
  const ContentType* type = FindContentType(rpc::FindMetadata(request.headers, "content-type"));
  if (type == nullptr || type->streaming != streaming) return exchange->Respond(Unsupported(streaming));
  if (streaming) return ServeStream(exchange, route, type->codec, runtime.Now(), limits);
  ServeUnary(exchange, route, InputOfPost(request, type->codec, limits), runtime.Now(), limits);
}

}  // namespace dangol::gateway
