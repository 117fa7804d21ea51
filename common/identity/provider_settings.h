// Which identity provider (OpenID Connect) signs members in: the file `provider` in the folder of keys.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/identity/key_folder.h"

namespace dangol::identity {

struct ProviderSettings {
  std::string issuer;         // such as `https://login.example.org`
  std::string client_id;      // as which this suite is known there
  std::string client_secret;  // empty: it is a public client, and PKCE is all that proves it
  // The claim that has a member's id. Empty: the verified e-mail address says who it is.
  std::string member_claim;

  bool operator==(const ProviderSettings&) const = default;
};

// `https://…`, or `http://` on this machine, without query and fragment.
bool IsIssuer(std::string_view text);

// None where no provider is set. FAILED_PRECONDITION, reason KEYS_INVALID.
absl::StatusOr<std::optional<ProviderSettings>> ReadProvider(const KeyFolder& folder);
// Programs that run take it within some seconds. FAILED_PRECONDITION, reason KEYS_UNWRITABLE.
absl::Status WriteProvider(const KeyFolder& folder, const ProviderSettings& settings);
// NOT_FOUND where none is set.
absl::Status RemoveProvider(const KeyFolder& folder);

}  // namespace dangol::identity
