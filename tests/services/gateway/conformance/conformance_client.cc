#include "tests/services/gateway/conformance/conformance_client.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "fmt/format.h"
#include <gtest/gtest.h>

#include "common/base/json.h"
#include "services/gateway/compression.h"
#include "services/gateway/envelope.h"
#include "tests/services/gateway/conformance/answer_reader.h"
#include "tests/services/gateway/conformance/suite_file.h"
#include "tests/support/http_client.h"

namespace dangol::gateway {
namespace {

namespace v1 = connectrpc::conformance::v1;

constexpr char kService[] = "connectrpc.conformance.v1.ConformanceService";

struct HttpCall {
  std::string verb = "POST";
  std::string target;
  std::vector<std::string> headers;
  std::string body;
};

using HeaderList = google::protobuf::RepeatedPtrField<v1::Header>;

void Append(const HeaderList& from, std::vector<std::string>& headers) {
  for (const v1::Header& header : from) {
    for (const std::string& value : header.value()) headers.push_back(fmt::format("{}: {}", header.name(), value));
  }
}

// An empty message in each encoding that a raw request may have; others than gzip are there to be refused.
std::string Compressed(v1::Compression compression, std::string bytes) {
  if (compression == v1::COMPRESSION_GZIP) return Gzip(bytes);
  if (compression == v1::COMPRESSION_ZSTD) {
    EXPECT_EQ(bytes, "") << "only the empty message can be sent in zstd";
    return std::string("\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00", 9);
  }
  EXPECT_LE(compression, v1::COMPRESSION_IDENTITY) << "cannot be sent in " << v1::Compression_Name(compression);
  return bytes;
}

std::string Contents(const v1::MessageContents& contents) {
  std::string bytes = contents.binary();
  if (contents.has_text()) bytes = contents.text();
  if (contents.has_binary_message()) bytes = contents.binary_message().value();
  return Compressed(contents.compression(), std::move(bytes));
}

HttpCall RawCall(const v1::RawHTTPRequest& raw) {
  HttpCall call;
  call.verb = raw.verb();
  call.target = raw.uri();
  Append(raw.headers(), call.headers);
  if (raw.has_unary()) call.body = Contents(raw.unary());
  for (const auto& item : raw.stream().items()) {
    std::string frame = Envelope(static_cast<uint8_t>(item.flags()), Contents(item.payload()));
    for (size_t i = 0; item.has_length() && i < 4; ++i) frame[1 + i] = static_cast<char>(item.length() >> (24 - 8 * i));
    call.body += frame;
  }
  return call;
}

std::string Encoded(v1::Codec codec, const google::protobuf::Any& any) {
  const auto message = Unpacked(any);
  if (message == nullptr) return ADD_FAILURE() << "unknown message " << any.type_url(), "";
  return codec == v1::CODEC_JSON ? ToJson(*message, JsonStyle::kCompact) : message->SerializeAsString();
}

// The messages of a request, each in its frame.
std::string Frames(const v1::ClientCompatRequest& request, const Variant& variant) {
  std::string frames;
  const uint8_t flags = variant.compression == v1::COMPRESSION_GZIP ? kCompressedFlag : 0;
  for (const auto& message : request.request_messages()) {
    frames += Envelope(flags, Compressed(variant.compression, Encoded(variant.codec, message)));
  }
  return frames;
}

std::string_view CodecName(const Variant& variant) { return variant.codec == v1::CODEC_JSON ? "json" : "proto"; }

void AddEncodings(const Variant& variant, std::string_view prefix, std::string_view accept, HttpCall& call) {
  if (variant.compression != v1::COMPRESSION_GZIP) return;
  call.headers.push_back(fmt::format("{}: gzip", prefix));
  call.headers.push_back(fmt::format("{}: gzip", accept));
}

void MakeGet(const v1::ClientCompatRequest& request, const Variant& variant, HttpCall& call) {
  std::string message;
  absl::WebSafeBase64Escape(Encoded(variant.codec, request.request_messages(0)), &message);  // without padding
  call.verb = "GET";
  call.target += fmt::format("?connect=v1&encoding={}&base64=1&message={}", CodecName(variant), message);
}

void MakeConnect(const v1::ClientCompatRequest& request, const Variant& variant, HttpCall& call) {
  if (request.has_timeout_ms()) call.headers.push_back(fmt::format("connect-timeout-ms: {}", request.timeout_ms()));
  if (request.use_get_http_method()) return MakeGet(request, variant, call);
  call.headers.emplace_back("connect-protocol-version: 1");
  if (request.stream_type() == v1::STREAM_TYPE_UNARY) {
    call.headers.push_back(fmt::format("content-type: application/{}", CodecName(variant)));
    AddEncodings(variant, "content-encoding", "accept-encoding", call);
    call.body = Compressed(variant.compression, Encoded(variant.codec, request.request_messages(0)));
  } else {
    call.headers.push_back(fmt::format("content-type: application/connect+{}", CodecName(variant)));
    AddEncodings(variant, "connect-content-encoding", "connect-accept-encoding", call);
    call.body = Frames(request, variant);
  }
}

void MakeGrpcWeb(const v1::ClientCompatRequest& request, const Variant& variant, HttpCall& call) {
  if (request.has_timeout_ms()) call.headers.push_back(fmt::format("grpc-timeout: {}m", request.timeout_ms()));
  call.headers.push_back(fmt::format("content-type: application/grpc-web+{}", CodecName(variant)));
  AddEncodings(variant, "grpc-encoding", "grpc-accept-encoding", call);
  call.body = Frames(request, variant);
}

HttpCall CallOf(const v1::ClientCompatRequest& request, const Variant& variant) {
  if (request.has_raw_request()) return RawCall(request.raw_request());
  HttpCall call;
  const std::string_view by_type = request.stream_type() == v1::STREAM_TYPE_UNARY ? "Unary" : "ServerStream";
  call.target = fmt::format("/{}/{}", request.has_service() ? request.service() : kService,
                            request.has_method() ? request.method() : by_type);
  Append(request.request_headers(), call.headers);
  if (variant.protocol == v1::PROTOCOL_CONNECT) {
    MakeConnect(request, variant, call);
  } else {
    MakeGrpcWeb(request, variant, call);
  }
  return call;
}

}  // namespace

std::string Name(const Variant& variant) {
  return fmt::format("{}, {}, {}", v1::Protocol_Name(variant.protocol), v1::Codec_Name(variant.codec),
                     v1::Compression_Name(variant.compression));
}

v1::ClientResponseResult MakeCall(int port, const v1::ClientCompatRequest& request, const Variant& variant) {
  const HttpCall call = CallOf(request, variant);
  const bool streaming = request.stream_type() != v1::STREAM_TYPE_UNARY;
  return ReadAnswer(testing::Ask(port, call.verb, call.target, call.headers, call.body),
                    {variant.protocol, variant.codec, streaming});
}

}  // namespace dangol::gateway
