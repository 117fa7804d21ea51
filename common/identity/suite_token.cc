#include "common/identity/suite_token.h"

#include <string>
#include <vector>

namespace dangol::identity {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

void SetList(Struct& claims, const std::string& name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  auto* list = (*claims.mutable_fields())[name].mutable_list_value();
  for (const std::string& text : texts) list->add_values()->set_string_value(text);
}

std::vector<std::string> List(const Struct& claims, const std::string& name) {
  std::vector<std::string> texts;
  const auto found = claims.fields().find(name);
  if (found == claims.fields().end()) return texts;
  for (const Value& value : found->second.list_value().values()) texts.push_back(value.string_value());
  return texts;
}

}  // namespace

Struct ToClaims(const rpc::Principal& principal, absl::Time now, absl::Duration lifetime) {
  Struct claims;
  auto& fields = *claims.mutable_fields();
  fields["iss"].set_string_value(std::string(kSuiteIssuer));
  fields["aud"].set_string_value(std::string(kSuiteAudience));
  fields["sub"].set_string_value(principal.name);
  fields["iat"].set_number_value(static_cast<double>(absl::ToUnixSeconds(now)));
  fields["exp"].set_number_value(static_cast<double>(absl::ToUnixSeconds(now + lifetime)));
  SetList(claims, "roles", principal.roles);
  SetList(claims, "stages", principal.stages);
  SetList(claims, "permissions", principal.permissions);
  SetList(claims, "act_for", principal.act_for);
  return claims;
}

rpc::Principal ToPrincipal(const Struct& claims) {
  return {.name = claims.fields().at("sub").string_value(),
          .roles = List(claims, "roles"),
          .stages = List(claims, "stages"),
          .permissions = List(claims, "permissions"),
          .act_for = List(claims, "act_for")};
}

}  // namespace dangol::identity
