// dangol_openapi DESCRIPTORS VERSION OUT: the HTTP API of the protos as an OpenAPI 3.1 document.
//
// DESCRIPTORS is what `protoc --include_imports --include_source_info --descriptor_set_out` writes. OUT is C++ source
// with the document as `dangol::gateway::kOpenApi`, or the document itself where its name ends with .json.

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"

#include "dangol/api/v1/options.pb.h"
#include "tools/openapi/comments.h"
#include "tools/openapi/paths.h"
#include "tools/openapi/schemas.h"

namespace dangol::openapi {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorSet;
using google::protobuf::ServiceDescriptor;

constexpr char kOptions[] = "dangol/api/v1/options.proto";
constexpr size_t kPieceBytes = 8000;  // of a literal: compilers promise 65,536

constexpr char kDescription[] =
    R"(Complaints become changes, and those who complained are told. Every method of the suite, as a resource over HTTP with JSON.

* A first call: `curl http://127.0.0.1:7400/v1/tickets`.
* Fields are in lowerCamelCase. Times are RFC 3339, 64-bit numbers are texts, and what is empty or zero is left out.
* An error has `error.details` with a `google.rpc.ErrorInfo`: programs decide by its `reason`. `google.rpc.BadRequest` names the wrong fields.
* A write with a `requestId` may be sent again within 72 hours, and has one effect.
* The header `x-dangol-cursor` of a write's answer, sent as `x-dangol-min-cursor` with a read, makes the read see the write.
* A stream is one JSON object a line: `curl -N http://127.0.0.1:7400/v1/tickets:streamEvents`.
* The same methods answer the Connect protocol, gRPC-Web and, on ports of their own, gRPC.)";

Json ErrorSchema() {
  const Json detail = {{"type", "object"}, {"properties", {{"@type", {{"type", "string"}}}}}};
  return {{"type", "object"},
          {"properties",
           {{"error",
             {{"type", "object"},
              {"properties",
               {{"code", {{"type", "integer"}, {"description", "The HTTP status."}}},
                {"message", {{"type", "string"}, {"description", "What is wrong, and what to do about it."}}},
                {"status", {{"type", "string"}, {"description", "The code of google.rpc, such as `NOT_FOUND`."}}},
                {"details", {{"type", "array"}, {"items", detail}}}}}}}}}};
}

Json Document(const DescriptorPool& pool, const FileDescriptorSet& set, const std::string& version) {
  const Comments comments(pool.FindFileByName(kOptions));
  Schemas schemas(comments);
  std::vector<const ServiceDescriptor*> services;
  for (const auto& file : set.file()) {
    const FileDescriptor* descriptor = pool.FindFileByName(file.name());
    for (int i = 0; i < descriptor->service_count(); ++i) services.push_back(descriptor->service(i));
  }
  std::ranges::sort(services, {}, [](const ServiceDescriptor* service) { return service->full_name(); });
  Json document;
  document["openapi"] = "3.1.0";
  document["info"] = {{"title", "Dangol"},
                      {"version", version},
                      {"description", kDescription},
                      {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}};
  document["servers"] = {{{"url", "/"}}};
  document["security"] = Json::array();  // whoever reaches the port may call
  document["tags"] = Json::array();
  document["paths"] = Paths(services, comments, schemas);
  for (const ServiceDescriptor* service : services) {
    const bool named = document["paths"].dump().find("\"" + service->name() + "_") != std::string::npos;
    if (named) document["tags"].push_back({{"name", service->name()}, {"description", comments.Of(service)}});
  }
  document["components"]["schemas"] = schemas.Components();
  document["components"]["schemas"]["Error"] = ErrorSchema();
  document["components"]["responses"]["Error"] = {
      {"description", "An error, by AIP-193."},
      {"content", {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}}};
  document["components"]["headers"]["Cursor"] = {{"description", "Where the write stands in the service's feed."},
                                                 {"schema", {{"type", "string"}}}};
  document["components"]["parameters"]["MinCursor"] = {
      {"name", "x-dangol-min-cursor"},
      {"in", "header"},
      {"description", "The answer has seen the write that answered with this x-dangol-cursor."},
      {"schema", {{"type", "string"}}}};
  return document;
}

std::string AsSource(const std::string& document) {
  std::string source =
      "#include \"services/gateway/openapi.h\"\n\nnamespace dangol::gateway {\n\nconst char kOpenApi[] =";
  for (size_t at = 0; at < document.size(); at += kPieceBytes) {
    source += "\n    R\"openapi(" + document.substr(at, kPieceBytes) + ")openapi\"";
  }
  return source + ";\n\n}  // namespace dangol::gateway\n";
}

int Run(const std::string& descriptors, const std::string& version, const std::string& out) {
  FileDescriptorSet set;
  std::ifstream in(descriptors, std::ios::binary);
  if (!set.ParseFromIstream(&in)) {
    std::fprintf(stderr, "dangol_openapi: %s is no set of descriptors\n", descriptors.c_str());
    return 1;
  }
  DescriptorPool pool;
  for (const auto& file : set.file()) {
    if (pool.BuildFile(file) == nullptr) return 1;
  }
  const std::string document = Document(pool, set, version).dump();
  std::ofstream file(out, std::ios::binary);
  file << (out.ends_with(".json") ? document + "\n" : AsSource(document));
  file.close();
  return file ? 0 : 1;
}

}  // namespace
}  // namespace dangol::openapi

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: dangol_openapi DESCRIPTORS VERSION OUT\n");
    return 2;
  }
  return dangol::openapi::Run(argv[1], argv[2], argv[3]);
}
