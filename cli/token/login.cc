// `dangol login`: a link by which a person signs in at the dashboard.
#include "common/identity/login.h"

#include <memory>
#include <string>

#include "fmt/format.h"

#include "cli/output/output.h"
#include "cli/token/token.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/identity/key_folder.h"
#include "common/rpc/authorization.h"
#include "common/service/settings.h"
#include "services/gateway/settings.h"

namespace dangol::cli {
namespace {

struct Flags {
  service::Settings settings;  // of which the folder and the port count
  std::string public_url;
  std::string path_prefix;
  std::string member;
};

int Run(const Flags& flags) {
  const rpc::Principal principal =
      flags.member.empty() ? rpc::LocalPrincipal() : identity::MemberToSignIn(flags.member);
  const identity::KeyFolder folder(service::KeysFolder(flags.settings));
  const absl::StatusOr<std::string> code =
      identity::AddLogin(folder, principal, identity::kLoginLifetime, RealRuntime());
  if (!code.ok()) return Fail("login", code.status());
  const std::string origin =
      flags.public_url.empty() ? fmt::format("http://127.0.0.1:{}", flags.settings.port_base) : flags.public_url;
  if (!Print(fmt::format("{}{}/#login={}\n", origin, flags.path_prefix, *code))) return 1;
  PrintError(
      fmt::format("Signs {} in: once, within 5 minutes. Whoever has it first is signed in, so hand it over where "
                  "nobody else reads it.\n",
                  principal.name));
  return 0;
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
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
