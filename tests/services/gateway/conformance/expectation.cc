#include "tests/services/gateway/conformance/expectation.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/rpc/error_details.pb.h"

#include "tests/services/gateway/conformance/suite_file.h"

namespace dangol::gateway {
namespace {

namespace v1 = connectrpc::conformance::v1;
using google::protobuf::util::MessageDifferencer;
using Details = google::protobuf::RepeatedPtrField<google::protobuf::Any>;
using HeaderList = google::protobuf::RepeatedPtrField<v1::Header>;
using RequestInfo = v1::ConformancePayload::RequestInfo;
using Problems = std::vector<std::string>;

constexpr int64_t kTimeoutSlackMs = 500;

RequestInfo ExpectedInfo(const v1::ClientCompatRequest& request) {
  RequestInfo info;
  *info.mutable_request_headers() = request.request_headers();
  *info.mutable_requests() = request.request_messages();
  if (request.has_timeout_ms()) info.set_timeout_ms(request.timeout_ms());
  return info;
}

void ExpectUnary(const v1::UnaryResponseDefinition& definition, const RequestInfo& info,
                 v1::ClientResponseResult& expected) {
  *expected.mutable_response_headers() = definition.response_headers();
  *expected.mutable_response_trailers() = definition.response_trailers();
  if (definition.has_error()) {
    *expected.mutable_error() = definition.error();
    expected.mutable_error()->add_details()->PackFrom(info);
    return;
  }
  v1::ConformancePayload* payload = expected.add_payloads();
  payload->set_data(definition.response_data());
  *payload->mutable_request_info() = info;
}

void ExpectStream(const v1::StreamResponseDefinition& definition, const RequestInfo& info,
                  v1::ClientResponseResult& expected) {
  *expected.mutable_response_headers() = definition.response_headers();
  *expected.mutable_response_trailers() = definition.response_trailers();
  for (const std::string& data : definition.response_data()) expected.add_payloads()->set_data(data);
  if (!expected.payloads().empty()) *expected.mutable_payloads(0)->mutable_request_info() = info;
  if (!definition.has_error()) return;
  *expected.mutable_error() = definition.error();
  if (expected.payloads().empty()) expected.mutable_error()->add_details()->PackFrom(info);
}

// Values may have been joined on their way.
std::vector<std::string> Values(const HeaderList& headers, const std::string& name) {
  std::vector<std::string> values;
  for (const v1::Header& header : headers) {
    if (!absl::EqualsIgnoreCase(header.name(), name)) continue;
    for (const std::string& value : header.value()) {
      for (absl::string_view part : absl::StrSplit(value, ',')) {
        absl::ConsumePrefix(&part, " ");
        absl::ConsumeSuffix(&part, " ");
        values.emplace_back(part);
      }
    }
  }
  return values;
}

void CompareHeaders(std::string_view what, const HeaderList& expected, const HeaderList& actual, Problems& problems) {
  for (const v1::Header& header : expected) {
    const auto wanted = Values(expected, header.name());
    const auto values = Values(actual, header.name());
    if (values != wanted)
      problems.push_back(fmt::format("{} {}: {} instead of {}", what, header.name(), values, wanted));
  }
}

bool SameMessage(const google::protobuf::Any& expected, const google::protobuf::Any& actual) {
  const auto wanted = Unpacked(expected);
  const auto message = Unpacked(actual);
  return wanted != nullptr && message != nullptr && wanted->GetDescriptor() == message->GetDescriptor() &&
         MessageDifferencer::Equals(*wanted, *message);
}

void CompareInfo(const RequestInfo& expected, const RequestInfo& actual, Problems& problems) {
  CompareHeaders("the request's header", expected.request_headers(), actual.request_headers(), problems);
  if (expected.has_timeout_ms() != actual.has_timeout_ms()) {
    problems.push_back(fmt::format("the request had {} timeout for the service", actual.has_timeout_ms() ? "a" : "no"));
  } else if (actual.timeout_ms() > expected.timeout_ms() ||
             actual.timeout_ms() < expected.timeout_ms() - kTimeoutSlackMs) {
    problems.push_back(
        fmt::format("the request's timeout was {} ms, not {}", actual.timeout_ms(), expected.timeout_ms()));
  }
  if (!std::equal(expected.requests().begin(), expected.requests().end(), actual.requests().begin(),
                  actual.requests().end(), SameMessage)) {
    problems.push_back(
        fmt::format("the service has not seen the request's messages but {} others", actual.requests_size()));
  }
}

void ComparePayloads(const v1::ClientResponseResult& expected, const v1::ClientResponseResult& actual,
                     Problems& problems) {
  if (actual.payloads_size() != expected.payloads_size()) {
    problems.push_back(fmt::format("{} messages instead of {}", actual.payloads_size(), expected.payloads_size()));
    return;
  }
  for (int i = 0; i < expected.payloads_size(); ++i) {
    if (actual.payloads(i).data() != expected.payloads(i).data()) {
      problems.push_back(fmt::format("message {} has other data", i));
    }
    if (expected.payloads(i).has_request_info()) {
      CompareInfo(expected.payloads(i).request_info(), actual.payloads(i).request_info(), problems);
    }
  }
}

// What a server refuses by itself may say why: each of our errors has a reason, which the suite does not know of.
Details WithoutReasons(const Details& details) {
  Details others;
  for (const google::protobuf::Any& detail : details) {
    if (!detail.Is<google::rpc::ErrorInfo>()) *others.Add() = detail;
  }
  return others;
}

void CompareDetails(const Details& expected, const Details& actual, Problems& problems) {
  if (actual.size() != expected.size()) {
    problems.push_back(fmt::format("{} details instead of {}", actual.size(), expected.size()));
    return;
  }
  for (int i = 0; i < expected.size(); ++i) {
    RequestInfo wanted;
    RequestInfo info;
    if (expected[i].UnpackTo(&wanted) && actual[i].UnpackTo(&info)) {
      CompareInfo(wanted, info, problems);
    } else if (!SameMessage(expected[i], actual[i])) {
      problems.push_back(fmt::format("detail {} is another {}", i, actual[i].type_url()));
    }
  }
}

void CompareError(const v1::TestCase& test_case, const v1::ClientResponseResult& expected,
                  const v1::ClientResponseResult& actual, Problems& problems) {
  if (!expected.has_error()) {
    if (actual.has_error()) problems.push_back(fmt::format("failed: {}", actual.error().ShortDebugString()));
    return;
  }
  const auto& others = test_case.other_allowed_error_codes();
  const v1::Code code = actual.error().code();
  if (code != expected.error().code() && std::find(others.begin(), others.end(), code) == others.end()) {
    problems.push_back(fmt::format("{} ({}) instead of {}", v1::Code_Name(code), actual.error().message(),
                                   v1::Code_Name(expected.error().code())));
    return;
  }
  if (expected.error().has_message() && actual.error().message() != expected.error().message()) {
    problems.push_back(
        fmt::format("the message is '{}' instead of '{}'", actual.error().message(), expected.error().message()));
  }
  CompareDetails(expected.error().details(), WithoutReasons(actual.error().details()), problems);
}

}  // namespace

v1::ClientResponseResult ExpectedResult(const v1::TestCase& test_case) {
  if (test_case.has_expected_response()) return test_case.expected_response();
  v1::ClientResponseResult expected;
  const RequestInfo info = ExpectedInfo(test_case.request());
  const google::protobuf::Any& first = test_case.request().request_messages(0);
  v1::UnaryRequest unary;
  v1::IdempotentUnaryRequest idempotent;
  v1::ServerStreamRequest stream;
  if (first.UnpackTo(&unary)) ExpectUnary(unary.response_definition(), info, expected);
  if (first.UnpackTo(&idempotent)) ExpectUnary(idempotent.response_definition(), info, expected);
  if (first.UnpackTo(&stream)) ExpectStream(stream.response_definition(), info, expected);
  return expected;
}

std::vector<std::string> Differences(const v1::TestCase& test_case, const v1::ClientResponseResult& actual) {
  Problems problems(actual.feedback().begin(), actual.feedback().end());
  const v1::ClientResponseResult expected = ExpectedResult(test_case);
  if (expected.has_http_status_code() && actual.http_status_code() != expected.http_status_code()) {
    problems.push_back(
        fmt::format("HTTP status {} instead of {}", actual.http_status_code(), expected.http_status_code()));
  }
  CompareError(test_case, expected, actual, problems);
  ComparePayloads(expected, actual, problems);
  CompareHeaders("header", expected.response_headers(), actual.response_headers(), problems);
  CompareHeaders("trailer", expected.response_trailers(), actual.response_trailers(), problems);
  return problems;
}

}  // namespace dangol::gateway
