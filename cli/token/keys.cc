// `dangol keys`: new keys for those that sign and seal.
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"

#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "cli/token/audited.h"
#include "cli/token/token.h"
#include "common/identity/key_folder.h"
#include "common/service/settings.h"

namespace dangol::cli {
namespace {

struct Flags {
  service::Settings settings;  // of which those of the folder count
  std::string kind;
};

int Rotate(const Flags& flags) {
  const identity::KeyFolder folder(service::KeysFolder(flags.settings));
  const absl::StatusOr<std::string> id =
      flags.kind == "jwt" ? folder.AddSigningKey(RealRuntime()) : folder.AddSessionKey(RealRuntime());
  if (!id.ok()) return Fail("keys rotate", id.status());
  NoteForAudit("keys rotate", folder,
               fmt::format("dangol.gateway.v1.Keys/{}", flags.kind == "jwt" ? "RotateJwt" : "RotateSession"));
  return Print(fmt::format(
             "{}/{}/{}.key is used from now on, within 5 s. Remove the others when what they made is over: {}.\n",
             folder.path(), flags.kind, *id,
             flags.kind == "jwt" ? "tokens of the suite last 10 minutes" : "sessions last 7 days"))
             ? 0
             : 1;
}

}  // namespace

Command KeysCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("keys", "Exchange the keys by which the programs of the suite know each other");
  const auto flags = std::make_shared<Flags>();
  std::vector<Command> verbs;
  CLI::App* rotate = app->add_subcommand("rotate", "Make a new key; those before it stay good for what they made");
  rotate->add_option("kind", flags->kind, "jwt (calls between programs) or session (cookies of browsers)")
      ->required()
      ->check(CLI::IsMember({"jwt", "session"}).description(""));
  service::AddKeysFlags(*rotate, flags->settings);
  verbs.push_back({rotate, [flags] { return Rotate(*flags); }});
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
