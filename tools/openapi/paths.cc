#include "tools/openapi/paths.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <utility>

#include "google/api/annotations.pb.h"

#include "dangol/api/v1/options.pb.h"

namespace dangol::openapi {
namespace {

using google::api::HttpRule;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::MethodOptions;
using google::protobuf::ServiceDescriptor;

std::pair<std::string, std::string> VerbAndPath(const HttpRule& rule) {
  if (rule.has_get()) return {"get", rule.get()};
  if (rule.has_put()) return {"put", rule.put()};
  if (rule.has_post()) return {"post", rule.post()};
  if (rule.has_delete_()) return {"delete", rule.delete_()};
  return {"patch", rule.patch()};
}

// `tickets` is one `ticket`.
std::string Singular(std::string_view collection) {
  if (collection.ends_with("ies")) return std::string(collection.substr(0, collection.size() - 3)) + "y";
  if (collection.ends_with('s')) collection.remove_suffix(1);
  return std::string(collection);
}

// A path of a rule as OpenAPI writes it: `/v1/{name=tickets/*}:accept` is `/v1/tickets/{ticket}:accept`.
struct Template {
  std::string path;
  std::set<std::string> fields;       // of the request
  std::vector<std::string> segments;  // the names of the parameters
};

Template Parse(std::string_view rule) {
  Template parsed;
  while (!rule.empty()) {
    if (rule[0] != '{') {
      const size_t end = std::min(rule.find('{'), rule.size());
      parsed.path += rule.substr(0, end);
      rule.remove_prefix(end);
      continue;
    }
    const size_t close = rule.find('}');
    const std::string_view inner = rule.substr(1, close - 1);
    const size_t equals = std::min(inner.find('='), inner.size());
    parsed.fields.emplace(inner.substr(0, equals));
    std::string_view pattern = equals == inner.size() ? "*" : inner.substr(equals + 1);
    std::string collection(inner.substr(0, equals));
    while (!pattern.empty()) {
      const size_t end = std::min(pattern.find('/'), pattern.size());
      const std::string_view part = pattern.substr(0, end);
      if (part == "*") {
        parsed.segments.push_back(Singular(collection));
        parsed.path += "{" + parsed.segments.back() + "}";
      } else {
        collection = part;
        parsed.path += part;
      }
      if (end == pattern.size()) break;
      parsed.path += "/";
      pattern.remove_prefix(end + 1);
    }
    rule.remove_prefix(close + 1);
  }
  return parsed;
}

// What a query can hold: values, lists of them, and messages that are a text in JSON.
bool FitsQuery(const FieldDescriptor* field) {
  if (field->is_map()) return false;
  if (field->message_type() == nullptr) return true;
  static const std::set<std::string> kTexts = {"google.protobuf.Timestamp", "google.protobuf.Duration",
                                               "google.protobuf.FieldMask"};
  return kTexts.contains(field->message_type()->full_name());
}

bool IsRequired(const FieldDescriptor* field) {
  return field->options().GetExtension(dangol::api::v1::field).required();
}

Json Parameters(const MethodDescriptor* method, const Template& path, const std::string& body, Schemas& schemas) {
  Json parameters = Json::array();
  for (const std::string& segment : path.segments) {
    parameters.push_back({{"name", segment},
                          {"in", "path"},
                          {"required", true},
                          {"schema", {{"type", "string"}, {"pattern", "^[a-z0-9-]{1,63}$"}}}});
  }
  if (body == "*") return parameters;
  for (int i = 0; i < method->input_type()->field_count(); ++i) {
    const FieldDescriptor* field = method->input_type()->field(i);
    if (field->name() == body || path.fields.contains(field->name()) || !FitsQuery(field)) continue;
    Json schema = schemas.OfField(field);
    Json parameter = {{"name", field->json_name()}, {"in", "query"}};
    if (IsRequired(field)) parameter["required"] = true;
    if (schema.contains("description")) parameter["description"] = std::exchange(schema["description"], nullptr);
    schema.erase("description");
    parameter["schema"] = std::move(schema);
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

Json Body(const MethodDescriptor* method, const Template& path, const std::string& body, Schemas& schemas) {
  const Json schema = body == "*" ? schemas.Without(method->input_type(), path.fields)
                                  : schemas.OfField(method->input_type()->FindFieldByName(body));
  return {{"required", true}, {"content", {{"application/json", {{"schema", schema}}}}}};
}

Json Responses(const MethodDescriptor* method, Schemas& schemas) {
  const bool streams = method->server_streaming();
  Json answer = {{"description", streams ? "One JSON object a line, as things happen." : "Done."}};
  if (!streams && method->options().idempotency_level() != MethodOptions::NO_SIDE_EFFECTS) {
    answer["headers"] = {{"x-dangol-cursor", {{"$ref", "#/components/headers/Cursor"}}}};
  }
  answer["content"] = {
      {streams ? "application/x-ndjson" : "application/json", {{"schema", schemas.Reference(method->output_type())}}}};
  const Json error = {{"$ref", "#/components/responses/Error"}};
  return {{"200", std::move(answer)}, {"4XX", error}, {"default", error}};
}

Json Operation(const MethodDescriptor* method, const Template& path, const HttpRule& rule, const Comments& comments,
               Schemas& schemas) {
  const std::string comment = comments.Of(method);
  const std::string& permission = method->options().GetExtension(dangol::api::v1::method).permission();
  Json operation;
  operation["operationId"] = method->service()->name() + "_" + method->name();
  operation["tags"] = {method->service()->name()};
  operation["summary"] = FirstSentence(comment);
  operation["description"] = comment + "\n\nNeeds the permission `" + permission + "`.";
  operation["parameters"] = Parameters(method, path, rule.body(), schemas);
  if (method->options().idempotency_level() == MethodOptions::NO_SIDE_EFFECTS) {
    operation["parameters"].push_back({{"$ref", "#/components/parameters/MinCursor"}});
  }
  if (!rule.body().empty()) operation["requestBody"] = Body(method, path, rule.body(), schemas);
  operation["responses"] = Responses(method, schemas);
  return operation;
}

}  // namespace

Json Paths(const std::vector<const ServiceDescriptor*>& services, const Comments& comments, Schemas& schemas) {
  Json paths = Json::object();
  for (const ServiceDescriptor* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor* method = service->method(i);
      if (!method->options().HasExtension(google::api::http)) continue;
      const HttpRule& rule = method->options().GetExtension(google::api::http);
      const auto [verb, text] = VerbAndPath(rule);
      const Template path = Parse(text);
      paths[path.path][verb] = Operation(method, path, rule, comments, schemas);
    }
  }
  return paths;
}

}  // namespace dangol::openapi
