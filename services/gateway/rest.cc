#include "services/gateway/rest.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "fmt/format.h"
#include "google/api/annotations.pb.h"
#include "google/rpc/status.pb.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/rpc/methods.h"
#include "services/gateway/call_metadata.h"
#include "services/gateway/codec.h"
#include "services/gateway/compression.h"
#include "services/gateway/connect_error.h"
#include "services/gateway/forward.h"
#include "services/gateway/request_field.h"

namespace dangol::gateway {
namespace {

using google::api::HttpRule;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::pair<std::string, std::string> VerbAndPath(const HttpRule& rule) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet:
      return {"GET", rule.get()};
    case HttpRule::kPut:
      return {"PUT", rule.put()};
    case HttpRule::kPost:
      return {"POST", rule.post()};
    case HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    case HttpRule::PATTERN_NOT_SET:
      break;
  }
  return {};
}

absl::StatusOr<RestRule> ParseRule(const google::protobuf::MethodDescriptor* method, const HttpRule& rule) {
  const auto [verb, text] = VerbAndPath(rule);
  const auto wrong = [&](std::string_view problem) {
    return Error(absl::StatusCode::kInvalidArgument, "HTTP_RULE_INVALID",
                 fmt::format("The HTTP rule of {} is wrong: {}.", method->full_name(), problem));
  };
  ASSIGN_OR_RETURN(PathTemplate path, PathTemplate::Parse(text));
  const auto scratch = rpc::NewMessage(method->input_type());
  for (const std::string& variable : path.Variables()) {
    if (!SetField(*scratch, variable, "1").ok()) return wrong(fmt::format("{} is no field", variable));
  }
  if (!rule.body().empty() && rule.body() != "*") {
    const FieldDescriptor* field = method->input_type()->FindFieldByName(rule.body());
    if (field == nullptr || field->is_repeated() || field->message_type() == nullptr) {
      return wrong(fmt::format("the body {} is no message", rule.body()));
    }
  }
  return RestRule{method, verb, std::move(path), rule.body()};
}

// The errors of these paths are google.rpc.Status in JSON (AIP-193).
std::string ErrorJson(const absl::Status& status, std::string_view status_details) {
  const int http_status = ConnectHttpStatus(status.code());
  google::rpc::Status parsed;
  parsed.ParseFromString(status_details.empty() ? SerializeErrorDetails(status) : std::string(status_details));
  std::vector<std::string> details;
  for (const google::protobuf::Any& detail : parsed.details()) {
    const std::string type = detail.type_url().substr(detail.type_url().rfind('/') + 1);
    const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type);
    if (descriptor == nullptr) continue;
    const absl::StatusOr<std::string> json = EncodeMessage(Codec::kJson, descriptor, detail.value());
    if (!json.ok()) continue;
    const std::string fields = json->substr(1, json->size() - 2);
    details.push_back(
        fmt::format(R"({{"@type":"{}"{}{}}})", EscapeJson(detail.type_url()), fields.empty() ? "" : ",", fields));
  }
  return fmt::format(R"({{"error":{{"code":{},"message":"{}","status":"{}","details":[{}]}}}})", http_status,
                     EscapeJson({status.message().data(), status.message().size()}),
                     std::string(absl::StatusCodeToString(status.code())), absl::StrJoin(details, ","));
}

HttpResponse ErrorResponse(const absl::Status& status, std::string_view status_details = {}) {
  HttpResponse response = ConnectErrorResponse(status, status_details);
  response.body = ErrorJson(status, status_details);
  return response;
}

// The field itself or, where it is given by its place in the rule, all of the request.
absl::Status ReadBody(const RestRule& rule, std::string_view body, Message& request) {
  if (rule.body.empty()) {
    if (body.empty()) return absl::OkStatus();
    return Error(absl::StatusCode::kInvalidArgument, "BODY_UNEXPECTED",
                 "This method takes no body. Put the request's fields into the query.");
  }
  Message* target = &request;
  if (rule.body != "*") {
    const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(rule.body);
    target = request.GetReflection()->MutableMessage(&request, field);
  }
  return FromJson(body.empty() ? "{}" : body, *target);
}

absl::StatusOr<std::string> ReadRequest(const RestRule& rule, const PathVariables& variables, const HttpRequest& http,
                                        const CallLimits& limits) {
  RETURN_IF_ERROR(FaultError(http.fault, limits));
  const std::string_view type = rpc::FindMetadata(http.headers, "content-type");
  if (!http.body.empty() && !type.starts_with("application/json")) {
    return Error(absl::StatusCode::kInvalidArgument, "CONTENT_TYPE",
                 fmt::format("The body's content type is {}. Send application/json.", ShownValue(type)));
  }
  ASSIGN_OR_RETURN(const Encoding encoding, ParseEncoding(rpc::FindMetadata(http.headers, "content-encoding")));
  ASSIGN_OR_RETURN(const std::string body, Decompress(encoding, http.body, 2 * limits.message_bytes_max));
  const auto request = rpc::NewMessage(rule.method->input_type());
  RETURN_IF_ERROR(ReadBody(rule, body, *request));
  const auto query = QueryParameters(http.query);
  if (!query) {
    return Error(absl::StatusCode::kInvalidArgument, "MALFORMED_QUERY", "The query has a broken %-escape.");
  }
  if (rule.body == "*" && !query->empty()) {
    return InvalidField(query->front().first,
                        "this method takes all but its path in the body, and nothing in the query");
  }
  for (const auto& [name, value] : *query) {
    const std::string_view first = std::string_view(name).substr(0, name.find('.'));
    const bool taken = first == rule.body ||
                       std::ranges::any_of(variables, [&name](const auto& variable) { return variable.first == name; });
    if (taken) return InvalidField(name, "it stands in the path or the body, and cannot be in the query, too");
    RETURN_IF_ERROR(SetField(*request, name, value));
  }
  for (const auto& [name, value] : variables) RETURN_IF_ERROR(SetField(*request, name, value));
  return request->SerializeAsString();
}

// `x-server-timeout`, in seconds, as other gateways of this kind have it.
std::optional<absl::Duration> Timeout(const Headers& headers) {
  double seconds = 0;
  const std::string_view text = rpc::FindMetadata(headers, "x-server-timeout");
  if (text.empty() || !absl::SimpleAtod(absl::string_view(text.data(), text.size()), &seconds) || !(seconds > 0)) {
    return std::nullopt;
  }
  return absl::Seconds(seconds);
}

HttpResponse UnaryResponse(const Headers& request, const Route& route, rpc::WholeReply answer) {
  absl::StatusOr<std::string> body = AnswerText(answer, route, Codec::kJson);
  HttpResponse response;
  if (body.ok()) {
    response.headers = {{"content-type", "application/json"}, {"cache-control", "private, no-cache"}};
    response.body = *std::move(body);
  } else {
    response = ErrorResponse(body.status(), answer.metadata.status_details);
  }
  AppendHeaders(answer.metadata.initial, "", response.headers);
  AppendHeaders(answer.metadata.trailing, "", response.headers);
  CompressBody(request, response);
  return response;
}

// A JSON object a line; the last one has an error where there is one.
StreamWriter LineWriter(const RestRule& rule) {
  StreamWriter writer;
  writer.head = [](const rpc::Metadata& initial) {
    HttpResponse head{200,
                      {{"content-type", "application/x-ndjson"},
                       {"cache-control", "no-store, no-transform"},
                       {"x-accel-buffering", "no"}},
                      ""};
    AppendHeaders(initial, "", head.headers);
    return head;
  };
  writer.piece = [type = rule.method->output_type()](std::string bytes) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(std::string json, EncodeMessage(Codec::kJson, type, std::move(bytes)));
    return json + "\n";
  };
  writer.end = [](const absl::Status& status, const rpc::ServerMetadata& metadata) {
    return status.ok() ? "" : ErrorJson(status, metadata.status_details) + "\n";
  };
  return writer;
}

// Nothing below it is a page or a file.
bool IsOfResources(std::string_view path) { return path == "/v1" || path.starts_with("/v1/"); }

void ServeEntry(const std::shared_ptr<HttpExchange>& exchange, const RestRule& rule, const Route& route,
                const PathVariables& variables, absl::Time now, const CallLimits& limits) {
  const HttpRequest& request = exchange->request;
  const auto prepare = [&]() -> absl::StatusOr<ForwardedCall> {
    ASSIGN_OR_RETURN(std::string message, ReadRequest(rule, variables, request, limits));
    return PrepareCall(*exchange, route, Codec::kProto, std::move(message),
                       CallDeadline(route, Timeout(request.headers), now, limits), limits);
  };
  absl::StatusOr<ForwardedCall> call = prepare();
  if (!call.ok()) return exchange->Respond(ErrorResponse(call.status()));
  if (rule.method->server_streaming()) return ForwardStream(exchange, *std::move(call), LineWriter(rule));
  ForwardUnary(exchange, *std::move(call), [exchange, route](rpc::WholeReply answer) {
    exchange->Respond(UnaryResponse(exchange->request.headers, route, std::move(answer)));
  });
}

}  // namespace

absl::StatusOr<std::vector<RestRule>> RestRules(const google::protobuf::MethodDescriptor* method) {
  std::vector<RestRule> rules;
  if (!method->options().HasExtension(google::api::http)) return rules;
  const HttpRule& first = method->options().GetExtension(google::api::http);
  ASSIGN_OR_RETURN(rules.emplace_back(), ParseRule(method, first));
  for (const HttpRule& further : first.additional_bindings()) {
    ASSIGN_OR_RETURN(rules.emplace_back(), ParseRule(method, further));
  }
  return rules;
}

RestTable::RestTable(const Backends& backends) {
  for (const google::protobuf::MethodDescriptor* method : rpc::AllMethods()) {
    Route route;
    const std::string path = fmt::format("/{}/{}", method->service()->full_name(), method->name());
    if (backends.Find(path, route) != RouteResult::kFound) continue;
    absl::StatusOr<std::vector<RestRule>> rules = RestRules(method);
    if (!rules.ok()) {
      Log()->error("{}", std::string(rules.status().message()));
      continue;
    }
    for (RestRule& rule : *rules) entries_.push_back({std::move(rule), route});
  }
}

bool RestTable::Serve(const std::shared_ptr<HttpExchange>& exchange, Runtime& runtime, const CallLimits& limits) const {
  std::set<std::string> verbs;
  for (const Entry& entry : entries_) {
    const std::optional<PathVariables> variables = entry.rule.path.Match(exchange->request.path);
    if (!variables) continue;
    if (entry.rule.verb != exchange->request.verb) {
      verbs.insert(entry.rule.verb);
      continue;
    }
    ServeEntry(exchange, entry.rule, entry.route, *variables, runtime.Now(), limits);
    return true;
  }
  if (verbs.empty()) {
    const std::string_view path = exchange->request.path;
    if (!IsOfResources(path)) return false;
    exchange->Respond(
        ErrorResponse(Error(absl::StatusCode::kNotFound, "UNKNOWN_METHOD",
                            fmt::format("There is no {}. /openapi.json says what there is.", ShownValue(path)))));
    return true;
  }
  exchange->Respond({405, {{"allow", absl::StrJoin(verbs, ", ")}}, ""});
  return true;
}

}  // namespace dangol::gateway
