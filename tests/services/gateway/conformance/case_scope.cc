#include "tests/services/gateway/conformance/case_scope.h"

#include <algorithm>
#include <cstdlib>

#include "tests/services/gateway/conformance/suite_file.h"

namespace dangol::gateway {
namespace {

namespace v1 = connectrpc::conformance::v1;

// Those of `values` that the suite is about; all of them where it says nothing.
template <typename Value>
std::vector<Value> Relevant(const google::protobuf::RepeatedField<int>& named, std::vector<Value> values) {
  if (named.empty()) return values;
  std::erase_if(values, [&](Value value) { return std::find(named.begin(), named.end(), value) == named.end(); });
  return values;
}

}  // namespace

std::vector<Variant> Variants(const v1::TestSuite& suite) {
  std::vector<Variant> variants;
  for (const auto protocol :
       Relevant<v1::Protocol>(suite.relevant_protocols(), {v1::PROTOCOL_CONNECT, v1::PROTOCOL_GRPC_WEB})) {
    for (const auto codec : Relevant<v1::Codec>(suite.relevant_codecs(), {v1::CODEC_PROTO, v1::CODEC_JSON})) {
      for (const auto compression :
           Relevant<v1::Compression>(suite.relevant_compressions(), {v1::COMPRESSION_IDENTITY, v1::COMPRESSION_GZIP})) {
        variants.push_back({protocol, codec, compression});
      }
    }
  }
  return variants;
}

std::string OutOfScope(const v1::TestSuite& suite) {
  if (suite.mode() == v1::TestSuite::TEST_MODE_CLIENT) return "tests a client";
  if (suite.relies_on_tls() || suite.relies_on_tls_client_certs()) return "TLS is for a proxy in front";
  if (Relevant<v1::HTTPVersion>(suite.relevant_http_versions(), {v1::HTTP_VERSION_1}).empty()) return "needs HTTP/2";
  if (Variants(suite).empty()) return "plain gRPC, which needs HTTP/2";
  return "";
}

std::string OutOfScope(const v1::TestCase& test_case) {
  switch (test_case.request().stream_type()) {
    case v1::STREAM_TYPE_UNARY:
    case v1::STREAM_TYPE_SERVER_STREAM:
      return "";
    case v1::STREAM_TYPE_CLIENT_STREAM:
      return "a stream of requests";
    default:
      return "streams both ways";
  }
}

std::string WholeSetFolder() {
  const char* named = std::getenv(kCasesVariable);
  return named != nullptr ? named : DANGOL_CONFORMANCE_CASES;
}

std::vector<std::string> ChosenSuiteFiles() { return SuiteFiles(DANGOL_CONFORMANCE_CHOSEN); }
std::vector<std::string> WholeSuiteFiles() { return SuiteFiles(WholeSetFolder()); }

}  // namespace dangol::gateway
