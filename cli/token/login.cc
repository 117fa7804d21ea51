// `dangol login`: a link by which a person signs in at the dashboard.
#include "common/identity/login.h"

#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

#include "cli/output/output.h"
#include "cli/token/audited.h"
#include "cli/token/token.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/identity/file.h"
#include "common/identity/key_folder.h"
#include "common/identity/provider_settings.h"
#include "common/rpc/authorization.h"
#include "common/service/settings.h"
#include "services/gateway/provider_sign_in.h"
#include "services/gateway/settings.h"

namespace dangol::cli {
namespace {

struct Flags {
  service::Settings settings;  // of which the folder and the port count
  std::string public_url;
  std::string path_prefix;
  std::string member;
  identity::ProviderSettings provider;
  std::string secret_file;
};

// Where browsers find the gateway.
std::string PublicAddress(const Flags& flags) {
  const std::string origin =
      flags.public_url.empty() ? fmt::format("http://127.0.0.1:{}", flags.settings.port_base) : flags.public_url;
  return origin + flags.path_prefix;
}

int Run(const Flags& flags) {
  const rpc::Principal principal =
      flags.member.empty() ? rpc::LocalPrincipal() : identity::MemberToSignIn(flags.member);
  const identity::KeyFolder folder(service::KeysFolder(flags.settings));
  const absl::StatusOr<std::string> code =
      identity::AddLogin(folder, principal, identity::kLoginLifetime, RealRuntime());
  if (!code.ok()) return Fail("login", code.status());
  // An address is nobody's business there.
  const bool named = !flags.member.empty() && flags.member.find('@') == std::string::npos;
  NoteForAudit("login", folder, "dangol.gateway.v1.SignInService/CreateSignInLink",
               named ? fmt::format("members/{}", flags.member) : "");
  if (!Print(fmt::format("{}/#login={}\n", PublicAddress(flags), *code))) return 1;
  PrintError(
      fmt::format("Signs {} in: once, within 5 minutes. Whoever has it first is signed in, so hand it over where "
                  "nobody else reads it.\n",
                  principal.name));
  return 0;
}

int SetProvider(const Flags& flags) {
  identity::ProviderSettings provider = flags.provider;
  if (!flags.secret_file.empty()) {
    const absl::StatusOr<std::string> secret = identity::ReadSmallFile(flags.secret_file, /*secret=*/true);
    if (!secret.ok()) return Fail("login set", secret.status());
    provider.client_secret = std::string(absl::StripAsciiWhitespace(*secret));
  }
  const identity::KeyFolder folder(service::KeysFolder(flags.settings));
  if (const absl::Status written = identity::WriteProvider(folder, provider); !written.ok())
    return Fail("login set", written);
  NoteForAudit("login set", folder, "dangol.gateway.v1.Provider/Set");
  return Print(fmt::format(
             "Members sign in with {}: whose {} is that of a member here. Register this address there, exactly: {}{}\n",
             provider.issuer,
             provider.member_claim.empty() ? "verified e-mail address"
                                           : fmt::format("claim {} as an id", provider.member_claim),
             PublicAddress(flags), gateway::kCallbackPath))
             ? 0
             : 1;
}

int UnsetProvider(const Flags& flags) {
  const identity::KeyFolder folder(service::KeysFolder(flags.settings));
  if (const absl::Status removed = identity::RemoveProvider(folder); !removed.ok()) return Fail("login unset", removed);
  NoteForAudit("login unset", folder, "dangol.gateway.v1.Provider/Unset");
  return Print("Nobody signs in with an identity provider any more. Sessions that have begun go on.\n") ? 0 : 1;
}

// The verbs; without one the command prints a link.
CLI::App* AddSet(CLI::App& app, Flags& flags) {
  CLI::App* set = app.add_subcommand("set", "Have members sign in with an identity provider (OpenID Connect)");
  service::AddKeysFlags(*set, flags.settings);
  service::AddPortBaseFlag(*set, flags.settings.port_base, "The port of the gateway");
  gateway::AddPublicAddressFlags(*set, flags.public_url, flags.path_prefix);
  set->add_option("--issuer", flags.provider.issuer,
                  "Its address, such as https://login.example.org, as it says itself")
      ->type_name("URL")
      ->required()
      ->check([](const std::string& text) {
        return identity::IsIssuer(text) ? std::string() : fmt::format("{} is no https:// address", ShownValue(text));
      });
  set->add_option("--client-id", flags.provider.client_id, "As which this suite is registered there")
      ->type_name("ID")
      ->required();
  set->add_option("--client-secret-file", flags.secret_file,
                  "File with the secret that it gave, chmod 0400; without it PKCE alone proves who asks")
      ->type_name("FILE");
  set->add_option("--member-claim", flags.provider.member_claim,
                  "The claim with a member's id; without it the verified e-mail address says who it is")
      ->type_name("CLAIM");
  return set;
}

}  // namespace

Command LoginCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("login", "Print a link to sign in at the dashboard, which works once");
  const auto flags = std::make_shared<Flags>();
  service::AddKeysFlags(*app, flags->settings);
  service::AddPortBaseFlag(*app, flags->settings.port_base, "The port of the gateway");
  gateway::AddPublicAddressFlags(*app, flags->public_url, flags->path_prefix);
  app->add_option("--member", flags->member,
                  "Whom it signs in, with what the member may do then; without it the operator, with the roles lead, "
                  "admin and privacy")
      ->type_name("ID|EMAIL")
      ->check([](const std::string& text) {
        if (IsResourceId(text) || text.find('@') != std::string::npos) return std::string();
        return fmt::format("{} is no id of a member, and no e-mail address", ShownValue(text));
      });
  CLI::App* set = AddSet(*app, *flags);
  CLI::App* unset = app->add_subcommand("unset", "Have nobody sign in with an identity provider any more");
  service::AddKeysFlags(*unset, flags->settings);
  return {app, [flags, set, unset] {
            if (set->parsed()) return SetProvider(*flags);
            return unset->parsed() ? UnsetProvider(*flags) : Run(*flags);
          }};
}

}  // namespace dangol::cli
