// What every API of this project must state, checked on all protos of the source tree: nobody has to remember it.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "gmock/gmock.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "gtest/gtest.h"

#include "common/feed/event_streams.h"
#include "common/rpc/authorization.h"
#include "common/rpc/limits.h"
#include "common/rpc/paging.h"
#include "common/storage/idempotency.h"
#include "dangol/api/v1/options.pb.h"
#include "services/backlog/service.h"
#include "services/metrics/service.h"
#include "services/tickets/service.h"
#include "tests/common/rpc/rules_test.pb.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// All protos of the source tree as protoc sees them, with their comments.
const DescriptorPool& SourceTree() {
  static const DescriptorPool& pool = []() -> const DescriptorPool& {
    auto& built = *new DescriptorPool;
    google::protobuf::FileDescriptorSet files;
    std::ifstream input(DANGOL_API_DESCRIPTORS, std::ios::binary);
    if (!files.ParseFromIstream(&input)) std::abort();
    for (const auto& file : files.file()) {
      if (built.BuildFile(file) == nullptr) std::abort();
    }
    return built;
  }();
  return pool;
}

// Names such as `dangol/tickets/v1/ticket.proto`.
std::vector<std::string> ProtoFiles() {
  google::protobuf::FileDescriptorSet files;
  std::ifstream input(DANGOL_API_DESCRIPTORS, std::ios::binary);
  files.ParseFromIstream(&input);
  std::vector<std::string> names;
  for (const auto& file : files.file()) {
    if (file.name().starts_with("dangol/")) names.push_back(file.name());
  }
  return names;
}

std::vector<const MethodDescriptor*> AllMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const std::string& name : ProtoFiles()) {
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; file != nullptr && i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) methods.push_back(file->service(i)->method(j));
    }
  }
  return methods;
}

bool IsRead(const MethodDescriptor* method) {
  return method->options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
}

const auto& RulesOf(const FieldDescriptor* field) { return field->options().GetExtension(api::v1::field); }

// Every field of a request that a caller may set, at any depth.
void ForEachField(const Descriptor* message, std::set<const Descriptor*>& seen,
                  const std::function<void(const FieldDescriptor*)>& each) {
  if (!seen.insert(message).second || message == google::protobuf::Timestamp::descriptor() ||
      message == google::protobuf::FieldMask::descriptor()) {
    return;
  }
  for (int i = 0; i < message->field_count(); ++i) {
    if (RulesOf(message->field(i)).output_only()) continue;
    each(message->field(i));
    if (message->field(i)->message_type() != nullptr && !message->field(i)->is_map()) {
      ForEachField(message->field(i)->message_type(), seen, each);
    }
  }
}
void ForEachRequestField(const std::function<void(const FieldDescriptor*)>& each) {
  std::set<const Descriptor*> seen;
  for (const MethodDescriptor* method : AllMethods()) ForEachField(method->input_type(), seen, each);
}

TEST(ApiRules, AllProtosAreLookedAt) {
  std::set<std::string> stated;
  for (const std::string& name : ProtoFiles()) {
    EXPECT_NE(DescriptorPool::generated_pool()->FindFileByName(name), nullptr) << name << " is not linked";
    const FileDescriptor* file = SourceTree().FindFileByName(name);
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j)
        stated.insert(file->service(i)->method(j)->full_name());
    }
  }
  std::set<std::string> looked_at;
  for (const MethodDescriptor* method : AllMethods()) looked_at.insert(method->full_name());
  EXPECT_EQ(looked_at, stated);
  EXPECT_TRUE(stated.contains("dangol.tickets.v1.TicketService.CreateTicket"));
}

bool MayCall(std::string_view role, std::string_view permission) {
  TrustedNetworkAuthorizer authorizer;
  return authorizer.Authorize({.name = "x", .roles = {std::string(role)}, .stages = {}}, permission).ok();
}

TEST(ApiRules, WhoMayCallWhatIsAsInTheGoldenFile) {
  std::set<std::string> lines;
  for (const MethodDescriptor* method : AllMethods()) {
    const std::string& permission = method->options().GetExtension(api::v1::method).permission();
    std::string line = fmt::format("{} {}:", method->full_name(), permission);
    for (const std::string_view role : kRoles) {
      if (MayCall(role, permission)) line += fmt::format(" {}", role);
    }
    lines.insert(line);
  }
  std::ifstream file(DANGOL_ROLES_GOLDEN);
  std::vector<std::string> golden;
  for (std::string line; std::getline(file, line);) golden.push_back(line);
  std::vector<std::string> missing;
  std::ranges::set_difference(lines, golden, std::back_inserter(missing));
  EXPECT_THAT(missing, IsEmpty()) << "read these lines, and put them into " << DANGOL_ROLES_GOLDEN;
  std::vector<std::string> left;
  std::ranges::set_difference(golden, lines, std::back_inserter(left));
  EXPECT_THAT(left, IsEmpty()) << "and these out of it; lines are sorted";
}

TEST(ApiRules, NoMachineHearsOrDecides) {
  for (const char* permission : {"tickets.hear", "tickets.accept", "tickets.decide", "changes.decide"}) {
    EXPECT_FALSE(MayCall("service", permission)) << permission;
    EXPECT_FALSE(IsForPrograms(permission)) << permission;
  }
}

TEST(ApiRules, NoProgramGivesItselfMore) {
  for (const char* permission : {"engines.write", "members.write", "members.invite", "tokens.write"})
    EXPECT_FALSE(IsForPrograms(permission)) << permission;
}

TEST(ApiRules, AProgramMayHaveSinglePermissions) {
  const Principal program{.name = "x", .roles = {}, .stages = {}, .permissions = {"tickets.write"}};
  EXPECT_TRUE(CheckPermission(program, "tickets.write").ok());
  for (const char* other : {"tickets.read", "tickets", "tickets.write ", "", "admin"}) {
    EXPECT_FALSE(CheckPermission(program, other).ok()) << other;
  }
  // Nor one that there is not, whoever wrote it there.
  EXPECT_FALSE(CheckPermission({.name = "x", .roles = {}, .stages = {}, .permissions = {"fly", ""}}, "fly").ok());
  EXPECT_FALSE(CheckPermission({.name = "x", .roles = {}, .stages = {}, .permissions = {"fly", ""}}, "").ok());
}

TEST(ApiRules, AnOwnerDecidesAboutHisOwnStages) {
  const Principal owner{.name = "x", .roles = {"owner"}, .stages = {"engines/e/stages/s"}};
  EXPECT_TRUE(CheckStage(owner, "tickets.decide", "engines/e/stages/s").ok());
  EXPECT_FALSE(CheckStage(owner, "tickets.decide", "engines/e/stages/t").ok());
  EXPECT_FALSE(CheckStage(owner, "tickets.decide", "").ok());
  EXPECT_FALSE(CheckStage(owner, "customers.erase", "engines/e/stages/s").ok());
  EXPECT_TRUE(CheckStage({.name = "x", .roles = {"owner", "lead"}, .stages = {}}, "tickets.decide", "").ok());
  EXPECT_FALSE(CheckStage({.name = "x", .roles = {"agent"}, .stages = {"s"}}, "tickets.decide", "s").ok());
}

TEST(ApiRules, AMethodWithoutAPermissionIsClosed) {
  for (const std::string_view role : kRoles) EXPECT_FALSE(MayCall(role, "")) << role;
}

constexpr uint32_t kRequestIdBytesMax = 128;

bool IsNamedAsRead(const MethodDescriptor* method) {
  return std::ranges::any_of(
      std::initializer_list<const char*>{"Get", "BatchGet", "List", "Count", "Find", "Search", "Check", "Download",
                                         "Export", "Query", "Stream", "Summarize", "Watch"},
      [&](const char* verb) { return method->name().starts_with(verb); });
}

std::string PermissionProblem(const MethodDescriptor* method) {
  const std::string& permission = method->options().GetExtension(api::v1::method).permission();
  if (permission.empty()) return "no permission";
  if (std::ranges::none_of(kRoles, [&](std::string_view role) { return MayCall(role, permission); })) {
    return "a permission that nobody has";
  }
  return MayCall("visitor", permission) ? "a permission that anybody has" : "";
}

std::string RequestIdProblem(const MethodDescriptor* method) {
  const FieldDescriptor* id = method->input_type()->FindFieldByName("request_id");
  if (id == nullptr) return IsRead(method) ? "" : "a write without a request_id";
  if (IsRead(method)) return "a read with a request_id";
  return RulesOf(id).max_bytes() == kRequestIdBytesMax ? "" : "a request_id of another length";
}

std::string EtagProblem(const MethodDescriptor* method) {
  const FieldDescriptor* name = method->input_type()->FindFieldByName("name");
  if (IsRead(method) || name == nullptr) return "";
  // A parked event is settled once and has no other transition.
  if (RulesOf(name).resource() == "parkedEvents/*") return "";
  // A message is redacted once and has no other transition, either.
  if (RulesOf(name).resource() == "tickets/*/messages/*") return "";
  // So is an attachment, whose bytes say where they belong; and an import is undone once.
  if (RulesOf(name).resource() == "tickets/*/attachments/*" || RulesOf(name).resource() == "imports/*") return "";
  // What became of a digest is said once.
  if (RulesOf(name).resource() == "members/*/digests/*") return "";
  return method->input_type()->FindFieldByName("etag") == nullptr ? "a transition without an etag" : "";
}

std::string PageProblem(const MethodDescriptor* method) {
  if (!method->name().starts_with("List")) return "";
  const FieldDescriptor* size = method->input_type()->FindFieldByName("page_size");
  const bool has_pages = size != nullptr && RulesOf(size).has_minimum() &&
                         method->input_type()->FindFieldByName("page_token") != nullptr &&
                         method->output_type()->FindFieldByName("next_page_token") != nullptr;
  return has_pages ? "" : "a list without pages";
}

// The rules of methods that this one breaks.
std::vector<std::string> Problems(const MethodDescriptor* method) {
  std::vector<std::string> problems = {PermissionProblem(method), RequestIdProblem(method), EtagProblem(method),
                                       PageProblem(method)};
  if (IsRead(method) != IsNamedAsRead(method)) {
    problems.push_back(IsRead(method) ? "a read that is named as a write" : "a write that is named as a read");
  }
  if (method->options().GetExtension(api::v1::method).max_request_bytes() > static_cast<uint32_t>(kMessageBytesMax)) {
    problems.push_back("a request that is larger than a message");
  }
  std::erase(problems, "");
  return problems;
}

TEST(ApiRules, EveryMethodKeepsTheRules) {
  for (const MethodDescriptor* method : AllMethods()) EXPECT_THAT(Problems(method), IsEmpty()) << method->full_name();
}

TEST(ApiRules, EveryRuleOfMethodsFindsWhoBreaksIt) {
  const auto* service = DescriptorPool::generated_pool()->FindServiceByName("dangol_test.CarelessService");
  ASSERT_NE(service, nullptr);
  const std::vector<std::string> expected = {
      "no permission",
      "a read that is named as a write",
      "a write that is named as a read",
      "a write without a request_id",
      "a read with a request_id",
      "a request_id of another length",
      "a transition without an etag",
      "a list without pages",
      "a request that is larger than a message",
  };
  ASSERT_EQ(static_cast<size_t>(service->method_count()), expected.size());
  for (int i = 0; i < service->method_count(); ++i) {
    EXPECT_THAT(Problems(service->method(i)), ElementsAre(expected[static_cast<size_t>(i)]))
        << service->method(i)->name();
  }
}

// What every service has is not in here: its path would not say which of them is asked.
TEST(ApiRules, EveryMethodHasAnHttpRule) {
  for (const MethodDescriptor* method : AllMethods()) {
    if (method->file()->package() == "dangol.api.v1") continue;
    const google::api::HttpRule& rule = method->options().GetExtension(google::api::http);
    EXPECT_NE(rule.pattern_case(), google::api::HttpRule::PATTERN_NOT_SET) << method->full_name();
    EXPECT_EQ(rule.has_get(), IsRead(method)) << method->full_name();
    EXPECT_EQ(rule.body().empty(), rule.has_get()) << method->full_name();
  }
}

bool IsChecked(const FieldDescriptor* field) {
  if (field->is_map()) {
    return field->message_type()->map_key()->type() == FieldDescriptor::TYPE_STRING &&
           field->message_type()->map_value()->type() == FieldDescriptor::TYPE_STRING;
  }
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return true;
    default:
      return false;
  }
}

// The rules of fields that a caller sets, as far as a descriptor shows them, that this one breaks.
std::vector<std::string> Problems(const FieldDescriptor* field) {
  const auto& rules = RulesOf(field);
  std::vector<std::string> problems;
  const bool is_text = field->type() == FieldDescriptor::TYPE_STRING || field->type() == FieldDescriptor::TYPE_BYTES;
  if ((is_text || field->is_map()) && rules.max_bytes() == 0 && rules.resource().empty() && !rules.resource_id()) {
    problems.push_back("no max_bytes");
  }
  if (field->is_repeated() && rules.max_items() == 0) problems.push_back("no max_items");
  if (!field->is_repeated() && rules.max_items() > 0) problems.push_back("max_items without a list");
  const bool is_integer =
      field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 || field->cpp_type() == FieldDescriptor::CPPTYPE_INT64;
  if (is_integer && !rules.has_minimum() && !rules.has_maximum()) problems.push_back("no minimum or maximum");
  if (!IsChecked(field)) problems.push_back("a type that is not checked");
  if (field->enum_type() != nullptr && !field->enum_type()->value(0)->name().ends_with("_UNSPECIFIED")) {
    problems.push_back("an enum that does not begin with UNSPECIFIED");
  }
  return problems;
}

TEST(ApiRules, EveryFieldThatACallerSetsKeepsTheRules) {
  ForEachRequestField(
      [](const FieldDescriptor* field) { EXPECT_THAT(Problems(field), IsEmpty()) << field->full_name(); });
}

TEST(ApiRules, EveryRuleOfFieldsFindsWhoBreaksIt) {
  const Descriptor* request = dangol_test::CarelessRequest::descriptor();
  const std::vector<std::string> expected = {"no max_bytes",
                                             "no max_items",
                                             "max_items without a list",
                                             "no max_bytes",
                                             "no minimum or maximum",
                                             "a type that is not checked",
                                             "a type that is not checked",
                                             "an enum that does not begin with UNSPECIFIED"};
  ASSERT_EQ(static_cast<size_t>(request->field_count()), expected.size());
  for (int i = 0; i < request->field_count(); ++i) {
    EXPECT_THAT(Problems(request->field(i)), ElementsAre(expected[static_cast<size_t>(i)]))
        << request->field(i)->name();
  }
}

std::string CommentOf(const FieldDescriptor* field) {
  google::protobuf::SourceLocation location;
  SourceTree().FindFieldByName(field->full_name())->GetSourceLocation(&location);
  return location.leading_comments;
}

// A time that a caller sends is of the past, unless its comment says that it is to come.
TEST(ApiRules, EveryTimeThatACallerSetsIsOfThePast) {
  ForEachRequestField([](const FieldDescriptor* field) {
    if (field->message_type() != google::protobuf::Timestamp::descriptor()) return;
    EXPECT_NE(RulesOf(field).past(), CommentOf(field).find("to come") != std::string::npos) << field->full_name();
  });
}

// What a proto says about its package.
std::string PackageCommentOf(const std::string& file) {
  google::protobuf::FileDescriptorSet files;
  std::ifstream input(DANGOL_API_DESCRIPTORS, std::ios::binary);
  files.ParseFromIstream(&input);
  for (const auto& one : files.file()) {
    for (const auto& location : one.source_code_info().location()) {
      const bool is_package =
          location.path_size() == 1 && location.path(0) == google::protobuf::FileDescriptorProto::kPackageFieldNumber;
      if (one.name() == file && is_package) return location.leading_comments();
    }
  }
  return "";
}

std::string WithCommas(int64_t number) {
  return number < 1000 ? std::to_string(number) : fmt::format("{},{:03}", number / 1000, number % 1000);
}

TEST(ApiRules, CommentsSayTheLimitsThatTheCodeHas) {
  const std::string options = PackageCommentOf("dangol/api/v1/options.proto");
  EXPECT_THAT(options, HasSubstr(fmt::format("sent again within {} hours", absl::ToInt64Hours(storage::kKeyLifetime))));
  EXPECT_THAT(options, HasSubstr(fmt::format("`page_size`: 1 to {0}; 0: {1}; more is taken as {0}.",
                                             WithCommas(kPageSizeMax), kPageSizeDefault)));
  EXPECT_THAT(options, HasSubstr(fmt::format("ends at about {} MiB", kPageBytesMax >> 20)));
  const auto says = [](const Descriptor* rules, const char* field, const std::string& what) {
    EXPECT_THAT(CommentOf(rules->FindFieldByName(field)), HasSubstr(what));
  };
  says(api::v1::MethodRules::descriptor(), "max_request_bytes",
       fmt::format("0 means {} MiB", kDefaultRequestBytesMax >> 20));
  says(api::v1::FieldRules::descriptor(), "max_bytes", fmt::format("0 means {}.", WithCommas(kDefaultBytesMax)));
  says(api::v1::FieldRules::descriptor(), "max_items", fmt::format("0 means {}.", WithCommas(kDefaultItemsMax)));
  const std::string feed = PackageCommentOf("dangol/api/v1/feed.proto");
  const feed::StreamLimits limits;
  EXPECT_THAT(feed, HasSubstr(fmt::format("nothing for {} seconds", absl::ToInt64Seconds(limits.heartbeat))));
  EXPECT_THAT(feed, HasSubstr(fmt::format("not read for {} seconds", absl::ToInt64Seconds(limits.write_time_max))));
}

// Said once, in options.proto.
TEST(ApiRules, SharedFieldsReferToTheirOneComment) {
  for (const MethodDescriptor* method : AllMethods()) {
    for (const char* name : {"request_id", "etag", "update_mask", "page_size", "page_token"}) {
      const FieldDescriptor* field = method->input_type()->FindFieldByName(name);
      if (field == nullptr) continue;
      EXPECT_THAT(CommentOf(field), HasSubstr(fmt::format("see `{}` in dangol/api/v1/options.proto.", name)))
          << field->full_name();
    }
  }
}

TEST(ApiRules, CommentsSayWhatIsRequiredAndWhatIsOutputOnly) {
  std::set<const Descriptor*> messages;
  for (const MethodDescriptor* method : AllMethods()) {
    ForEachField(method->input_type(), messages, [](const FieldDescriptor*) {});
  }
  for (const Descriptor* message : messages) {
    if (!message->file()->name().starts_with("dangol/")) continue;
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      const std::string comment = CommentOf(field);
      EXPECT_FALSE(comment.empty()) << field->full_name();
      EXPECT_EQ(comment.starts_with(" Required."), RulesOf(field).required()) << field->full_name() << ":" << comment;
      EXPECT_EQ(comment.starts_with(" Output only.") || comment.starts_with(" Identifier."),
                RulesOf(field).output_only())
          << field->full_name() << ":" << comment;
    }
  }
}

// Every service that there is; a new one is added here, and its proto package is then complete or this fails.
const std::vector<const service::Definition*>& Services() {
  static const auto& services = *new std::vector<const service::Definition*>{
      &tickets::TicketsService(), &backlog::BacklogService(), &metrics::MetricsService()};
  return services;
}

// The packages whose methods a service has to have.
std::set<std::string> PackagesOf(const service::Definition& definition) {
  return {fmt::format("dangol.{}.v1", definition.name), "dangol.api.v1"};
}

TEST(ApiRules, EveryMethodOfAServiceHasAHandler) {
  for (const service::Definition* definition : Services()) {
    testing::SimulatedService service(*definition);
    std::set<std::string> registered;
    for (const auto& [path, method] : service.methods().methods()) {
      registered.insert(path);
      const int handlers =
          (method.write ? 1 : 0) + (method.read ? 1 : 0) + (method.stream ? 1 : 0) + (method.async ? 1 : 0);
      EXPECT_EQ(handlers, 1) << path;
      EXPECT_EQ(method.write != nullptr, !IsRead(method.descriptor)) << path;
      EXPECT_EQ(method.stream != nullptr, method.descriptor->server_streaming()) << path;
    }
    std::set<std::string> stated;
    const std::set<std::string> packages = PackagesOf(*definition);
    for (const MethodDescriptor* method : AllMethods()) {
      if (!packages.contains(method->file()->package())) continue;
      stated.insert("/" + method->service()->full_name() + "/" + method->name());
    }
    EXPECT_EQ(registered, stated) << definition->name;
  }
}

}  // namespace
}  // namespace dangol::rpc
