#include "common/identity/provider_settings.h"

#include <unistd.h>

#include "fmt/format.h"
#include "google/protobuf/struct.pb.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "common/identity/file.h"

namespace dangol::identity {
namespace {

using google::protobuf::Struct;

constexpr int kSecretMode = 0400;

std::string FileOf(const KeyFolder& folder) { return fmt::format("{}/provider", folder.path()); }

std::string Text(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? "" : found->second.string_value();
}

}  // namespace

bool IsIssuer(std::string_view text) {
  const auto has_host = [&](std::string_view scheme) {
    return text.starts_with(scheme) && text.size() > scheme.size();
  };
  const auto is_local = [&](std::string_view host) {
    return text.starts_with(host) &&
           (text.size() == host.size() || text[host.size()] == ':' || text[host.size()] == '/');
  };
  const bool plain = text.find_first_of("?#@ \t\r\n\"<>\\") == std::string_view::npos;
  return plain && (has_host("https://") || is_local("http://127.0.0.1") || is_local("http://localhost") ||
                   is_local("http://[::1]"));
}

absl::StatusOr<std::optional<ProviderSettings>> ReadProvider(const KeyFolder& folder) {
  if (folder.path().empty()) return std::nullopt;
  const absl::StatusOr<std::string> text = ReadSmallFile(FileOf(folder), /*secret=*/true);
  if (absl::IsNotFound(text.status())) return std::nullopt;
  RETURN_IF_ERROR(text.status());
  Struct stored;
  const absl::Status parsed = FromJson(*text, stored);
  ProviderSettings settings{Text(stored, "issuer"), Text(stored, "client_id"), Text(stored, "client_secret"),
                            Text(stored, "member_claim")};
  if (!parsed.ok() || !IsIssuer(settings.issuer) || settings.client_id.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "KEYS_INVALID",
                 fmt::format("Cannot use {}. `dangol login set` makes it anew.", FileOf(folder)));
  }
  return settings;
}

absl::Status WriteProvider(const KeyFolder& folder, const ProviderSettings& settings) {
  RETURN_IF_ERROR(MakeFolder(folder.path()));
  Struct stored;
  auto& fields = *stored.mutable_fields();
  fields["issuer"].set_string_value(settings.issuer);
  fields["client_id"].set_string_value(settings.client_id);
  fields["client_secret"].set_string_value(settings.client_secret);
  fields["member_claim"].set_string_value(settings.member_claim);
  ASSIGN_OR_RETURN(const std::string text, FormatJson(stored, JsonStyle::kPretty));
  return WriteSmallFile(FileOf(folder), text + "\n", kSecretMode);
}

absl::Status RemoveProvider(const KeyFolder& folder) {
  if (unlink(FileOf(folder).c_str()) == 0) return absl::OkStatus();
  return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "No identity provider is set.");
}

}  // namespace dangol::identity
