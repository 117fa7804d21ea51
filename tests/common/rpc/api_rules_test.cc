// What every API of this project must state, checked on all protos of the source tree: nobody has to remember it.
#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "gtest/gtest.h"

#include "common/rpc/authorization.h"
#include "common/storage/idempotency.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/metrics/v1/loop_service.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/backlog/service.h"
#include "services/metrics/service.h"
#include "services/tickets/service.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using ::testing::AnyOf;

constexpr uint32_t kTransportBytesMax = 16 << 20;

// The linker leaves out what nobody names.
const void* const kLinked[] = {
    api::v1::GetStatusRequest::descriptor(),        tickets::v1::TicketEvent::descriptor(),
    tickets::v1::CreateTicketRequest::descriptor(), backlog::v1::CreateChangeRequest::descriptor(),
    backlog::v1::ChangeEvent::descriptor(),         metrics::v1::GetLoopRequest::descriptor()};

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
  if (!seen.insert(message).second || message == google::protobuf::Timestamp::descriptor()) return;
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
  EXPECT_THAT(kLinked, ::testing::Each(::testing::NotNull()));
  for (const std::string& name : ProtoFiles()) {
    EXPECT_NE(DescriptorPool::generated_pool()->FindFileByName(name), nullptr)
        << name << ": name one of its messages in kLinked";
  }
  EXPECT_GE(AllMethods().size(), 11u);
}

TEST(ApiRules, EveryMethodHasAPermissionThatTheAdministratorHolds) {
  TrustedNetworkAuthorizer authorizer;
  const Principal administrator{.name = "a", .roles = {"admin"}, .stages = {}};
  const Principal nobody{.name = "n", .roles = {"visitor"}, .stages = {}};
  for (const MethodDescriptor* method : AllMethods()) {
    const std::string& permission = method->options().GetExtension(api::v1::method).permission();
    EXPECT_FALSE(permission.empty()) << method->full_name();
    EXPECT_TRUE(authorizer.Authorize(administrator, permission).ok()) << method->full_name() << " " << permission;
    EXPECT_FALSE(authorizer.Authorize(nobody, permission).ok()) << method->full_name();
  }
}

TEST(ApiRules, OnlyAnAdministratorMayAskAdminService) {
  TrustedNetworkAuthorizer authorizer;
  for (const char* role : {"viewer", "agent", "developer", "owner", "lead", "service"}) {
    EXPECT_FALSE(authorizer.Authorize({.name = "x", .roles = {role}, .stages = {}}, "admin").ok()) << role;
  }
}

TEST(ApiRules, AReaderMayNotWriteAndAnAgentMayNotDecide) {
  TrustedNetworkAuthorizer authorizer;
  const auto may = [&](const char* role, const char* permission) {
    return authorizer.Authorize({.name = "x", .roles = {role}, .stages = {}}, permission).ok();
  };
  EXPECT_TRUE(may("viewer", "tickets.read"));
  EXPECT_FALSE(may("viewer", "tickets.write"));
  EXPECT_TRUE(may("agent", "tickets.write"));
  EXPECT_FALSE(may("agent", "tickets.decide"));
  EXPECT_TRUE(may("owner", "tickets.decide"));
  EXPECT_TRUE(may("lead", "tickets.decide"));
  EXPECT_FALSE(may("service", "tickets.decide"));
  for (const char* role : {"viewer", "agent", "developer", "owner", "lead", "service", "admin"})
    EXPECT_FALSE(may(role, "")) << role;
}

TEST(ApiRules, ReadsAreMarkedAndAreNamedAsReads) {
  for (const MethodDescriptor* method : AllMethods()) {
    bool named_as_read = false;
    for (const char* verb : {"Get", "List", "Find", "Search", "Check", "Stream", "Summarize"}) {
      named_as_read = named_as_read || method->name().starts_with(verb);
    }
    EXPECT_EQ(IsRead(method), named_as_read) << method->full_name();
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

TEST(ApiRules, EveryMutationHasARequestIdAndNoReadHas) {
  for (const MethodDescriptor* method : AllMethods()) {
    const FieldDescriptor* id = method->input_type()->FindFieldByName("request_id");
    EXPECT_EQ(id == nullptr, IsRead(method)) << method->full_name();
    if (id == nullptr) continue;
    EXPECT_EQ(id->type(), FieldDescriptor::TYPE_STRING) << method->full_name();
    EXPECT_EQ(RulesOf(id).max_bytes(), 128u) << method->full_name();
  }
}

TEST(ApiRules, EveryTransitionHasAnEtag) {
  for (const MethodDescriptor* method : AllMethods()) {
    const FieldDescriptor* name = method->input_type()->FindFieldByName("name");
    if (IsRead(method) || name == nullptr) continue;
    // A parked event is settled once and has no other transition.
    if (RulesOf(name).resource() == "parkedEvents/*") continue;
    EXPECT_NE(method->input_type()->FindFieldByName("etag"), nullptr) << method->full_name();
  }
}

TEST(ApiRules, EveryListHasPages) {
  for (const MethodDescriptor* method : AllMethods()) {
    if (!method->name().starts_with("List")) continue;
    // Counts are as many as the days that are asked for.
    if (method->name().ends_with("Counts")) continue;
    const FieldDescriptor* size = method->input_type()->FindFieldByName("page_size");
    ASSERT_NE(size, nullptr) << method->full_name();
    EXPECT_TRUE(RulesOf(size).has_minimum()) << method->full_name();
    EXPECT_NE(method->input_type()->FindFieldByName("page_token"), nullptr) << method->full_name();
    EXPECT_NE(method->output_type()->FindFieldByName("next_page_token"), nullptr) << method->full_name();
  }
}

TEST(ApiRules, NoRequestIsLargerThanTheTransportTakes) {
  for (const MethodDescriptor* method : AllMethods()) {
    EXPECT_LE(method->options().GetExtension(api::v1::method).max_request_bytes(), kTransportBytesMax)
        << method->full_name();
  }
}

TEST(ApiRules, EveryFieldThatACallerSetsStatesItsLimit) {
  ForEachRequestField([](const FieldDescriptor* field) {
    const auto& rules = RulesOf(field);
    if (field->type() == FieldDescriptor::TYPE_STRING || field->type() == FieldDescriptor::TYPE_BYTES ||
        field->is_map()) {
      EXPECT_TRUE(rules.max_bytes() > 0 || !rules.resource().empty() || rules.resource_id()) << field->full_name();
    }
    EXPECT_EQ(field->is_repeated(), rules.max_items() > 0) << field->full_name();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 || field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
      EXPECT_TRUE(rules.has_minimum() || rules.has_maximum()) << field->full_name();
    }
  });
}

// The checks know no others.
TEST(ApiRules, RequestsHaveOnlyFieldsThatAreChecked) {
  ForEachRequestField([](const FieldDescriptor* field) {
    if (field->is_map()) {
      EXPECT_EQ(field->message_type()->map_key()->type(), FieldDescriptor::TYPE_STRING) << field->full_name();
      EXPECT_EQ(field->message_type()->map_value()->type(), FieldDescriptor::TYPE_STRING) << field->full_name();
      return;
    }
    EXPECT_THAT(field->cpp_type(),
                AnyOf(FieldDescriptor::CPPTYPE_STRING, FieldDescriptor::CPPTYPE_ENUM, FieldDescriptor::CPPTYPE_INT32,
                      FieldDescriptor::CPPTYPE_INT64, FieldDescriptor::CPPTYPE_BOOL, FieldDescriptor::CPPTYPE_MESSAGE))
        << field->full_name();
  });
}

TEST(ApiRules, EveryEnumBeginsWithUnspecified) {
  ForEachRequestField([](const FieldDescriptor* field) {
    if (field->enum_type() == nullptr) return;
    EXPECT_EQ(field->enum_type()->value(0)->number(), 0) << field->full_name();
    EXPECT_TRUE(field->enum_type()->value(0)->name().ends_with("_UNSPECIFIED")) << field->full_name();
  });
}

std::string CommentOf(const FieldDescriptor* field) {
  google::protobuf::SourceLocation location;
  SourceTree().FindFieldByName(field->full_name())->GetSourceLocation(&location);
  return location.leading_comments;
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

TEST(ApiRules, EveryRequestIdSaysForWhatAndForHowLongItCounts) {
  const std::string expected = fmt::format(
      " Any text that is unique to this request among those of this caller to this method, a UUIDv7 best. The same "
      "request sent again within {} hours has one effect.\n",
      absl::ToInt64Hours(storage::kKeyLifetime));
  for (const MethodDescriptor* method : AllMethods()) {
    const FieldDescriptor* id = method->input_type()->FindFieldByName("request_id");
    if (id == nullptr) continue;
    const std::string comment = absl::StrReplaceAll(CommentOf(id), {{"\n ", " "}});
    EXPECT_EQ(comment, expected) << method->full_name();
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
