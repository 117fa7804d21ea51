// `dangol token`: the tokens with which programs call. It works on the folder of keys itself, so that there can be a
// token before anything runs, and nobody without the folder makes one.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

#include "cli/command/command.h"
#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "cli/token/audited.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/json.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/identity/key_folder.h"
#include "common/identity/tokens.h"
#include "common/rpc/authorization.h"
#include "common/rpc/validation.h"
#include "common/service/settings.h"
#include "services/gateway/token_methods.h"

namespace dangol::cli {
namespace {

using gateway::v1::Token;
using identity::ChangedToken;
using identity::KeyFolder;
using identity::KeySet;
using identity::Tokens;

constexpr char kCommand[] = "token";

struct Flags {
  service::Settings settings;  // of which those of the folder count
  std::string name;
  std::vector<std::string> roles;
  std::vector<std::string> stages;
  std::vector<std::string> permissions;
  std::string member;
  absl::Duration expires = absl::InfiniteDuration();
  absl::Duration overlap = absl::Hours(24);
  Format format = Format::kTable;
};

// As absl::ParseDuration, and `90d`.
bool ParseTime(const std::string& text, absl::Duration& time) {
  int64_t days = 0;
  if (text.ends_with('d') && absl::SimpleAtoi(text.substr(0, text.size() - 1), &days)) {
    time = absl::Hours(24) * days;
  } else if (!absl::ParseDuration(text, &time)) {
    return false;
  }
  return time >= absl::ZeroDuration();
}

// What is wrong with the text of a flag.
std::string TimeProblem(const std::string& text) {
  absl::Duration time;
  if (!ParseTime(text, time)) return fmt::format("{} is no time: give one such as 90d or 12h", ShownValue(text));
  if (identity::IsTooLate(RealRuntime().Now() + time))
    return fmt::format("{} ends after the year 9999: give a shorter time", ShownValue(text));
  return "";
}

CLI::Option* AddTimeFlag(CLI::App& app, const std::string& name, absl::Duration& time, const std::string& description) {
  return app
      .add_option_function<std::string>(
          name, [&time](const std::string& text) { ParseTime(text, time); }, description)
      ->type_name("TIME")
      ->check(TimeProblem);
}

void AddNameArgument(CLI::App& app, Flags& flags) {
  app.add_option_function<std::string>(
         "name", [&flags](const std::string& text) { flags.name = text.substr(text.starts_with("tokens/") ? 7 : 0); },
         "Of the token, such as nightly-import")
      ->required()
      ->check([](const std::string& text) {
        if (IsResourceId(text.starts_with("tokens/") ? text.substr(7) : text)) return std::string();
        return fmt::format("{} is no name: give one of 1 to 63 of a-z, 0-9 and -", ShownValue(text));
      });
}

void AddRightsFlags(CLI::App& app, Flags& flags) {
  app.add_option("--role", flags.roles, "What the program may do; may be repeated")
      ->type_name("ROLE")
      ->check(CLI::IsMember(std::vector<std::string>(rpc::kRoles.begin(), rpc::kRoles.end())).description(""));
  app.add_option("--stage", flags.stages, "A stage that it owns, with --role owner; may be repeated")
      ->type_name("engines/ENGINE/stages/STAGE")
      ->check([](const std::string& text) {
        if (rpc::MatchesResourcePattern(text, "engines/*/stages/*")) return std::string();
        return fmt::format("{} is no stage: give one such as engines/e/stages/s", ShownValue(text));
      });
  app.add_option("--allow", flags.permissions, "A single permission, such as tickets.write (below); may be repeated")
      ->type_name("PERMISSION");
  app.add_option("--member", flags.member,
                 "Whose it is: it decides for that member alone, and is revoked when the member leaves")
      ->type_name("ID")
      ->check([](const std::string& text) {
        return IsResourceId(text) ? std::string() : fmt::format("{} is no id of a member", ShownValue(text));
      });
}

// What --role and --allow take.
std::string RightsFooter() {
  rpc::Principal everybody;
  everybody.roles.assign(rpc::kRoles.begin(), rpc::kRoles.end());
  std::vector<std::string_view> permissions = rpc::PermissionsOf(everybody);
  std::erase_if(permissions, [](std::string_view permission) { return !rpc::IsForPrograms(permission); });
  return fmt::format(
      "Roles: {}.\nPermissions for programs: {}. What a person does (to hear, accept and decide) goes with a role "
      "alone.\ncommon/rpc/authorization.cc says which role has which permission; a method of the API says in its proto "
      "which it needs.",
      fmt::join(rpc::kRoles, ", "), fmt::join(permissions, ", "));
}

// `method` of TokenService: what it is called in the audit log.
absl::Status Change(const Flags& flags, std::string_view method,
                    const std::function<absl::StatusOr<ChangedToken>(const KeySet&, Tokens&)>& change,
                    ChangedToken& changed) {
  const KeyFolder folder(service::KeysFolder(flags.settings));
  RETURN_IF_ERROR(folder.ChangeTokens([&](const KeySet& keys, Tokens& tokens) -> absl::Status {
    ASSIGN_OR_RETURN(changed, change(keys, tokens));
    return absl::OkStatus();
  }));
  // It is done, whatever becomes of the entry.
  NoteForAudit(kCommand, folder, fmt::format("dangol.gateway.v1.TokenService/{}", method),
               fmt::format("tokens/{}", flags.name));
  return absl::OkStatus();
}

// The secret alone is what a file is made of: `dangol token create … > file`.
int ShowSecret(const ChangedToken& changed) {
  if (!Print(changed.secret + "\n")) return 1;
  PrintError(
      fmt::format("tokens/{}: this is shown once. Keep it in a file that only its program reads, and call with it: "
                  "`dangol --token-file FILE …`, or the header `authorization: Bearer …`.\n",
                  changed.token.id()));
  return 0;
}

int Create(const Flags& flags) {
  if (const absl::Status status = KeyFolder(service::KeysFolder(flags.settings)).Create(RealRuntime()); !status.ok())
    return Fail(kCommand, status);
  identity::NewToken wanted{.id = flags.name,
                            .roles = flags.roles,
                            .stages = flags.stages,
                            .permissions = flags.permissions,
                            .expire_time = std::nullopt,
                            .request_key = "",
                            .member = flags.member.empty() ? "" : fmt::format("members/{}", flags.member)};
  if (flags.expires < absl::InfiniteDuration()) wanted.expire_time = RealRuntime().Now() + flags.expires;
  ChangedToken changed;
  const absl::Status status = Change(
      flags, "CreateToken",
      [&](const KeySet& keys, Tokens& tokens) {
        return identity::CreateToken(tokens, keys.pepper, wanted, RealRuntime());
      },
      changed);
  return status.ok()
             ? ShowSecret(changed)
             : Fail(kCommand, status,
                    {{"token.roles", "--role"}, {"token.permissions", "--allow"}, {"token.expire_time", "--expires"}});
}

template <typename Texts>
std::string Joined(const Texts& texts) {
  return texts.empty() ? "-" : fmt::format("{}", fmt::join(texts, " "));
}

std::string StateOf(const Token& token, absl::Time now) {
  if (token.has_revoke_time()) return "REVOKED";
  return token.has_expire_time() && FromProtoTime(token.expire_time()) <= now ? "EXPIRED" : "ACTIVE";
}

int List(const Flags& flags) {
  const absl::StatusOr<KeySet> keys = KeyFolder(service::KeysFolder(flags.settings)).Read();
  if (!keys.ok()) return Fail(kCommand, keys.status());
  std::vector<Token> tokens;
  for (const auto& [id, stored] : keys->tokens) tokens.push_back(gateway::ToToken(stored));
  if (flags.format == Format::kJson) {
    std::string text;
    for (const Token& token : tokens) text += ToJson(token, JsonStyle::kCompact) + "\n";
    return Print(text) ? 0 : 1;
  }
  const absl::Time now = RealRuntime().Now();
  const std::vector<Column<Token>> columns = {
      {{"TOKEN"}, [](const Token& token) { return Cell{token.name()}; }},
      {{"STATE"}, [now](const Token& token) { return Cell{StateOf(token, now)}; }},
      {{"ROLES"}, [](const Token& token) { return Cell{Joined(token.roles())}; }},
      {{"ALLOWED", Fit::kTextIfRoom}, [](const Token& token) { return Cell{Joined(token.permissions())}; }},
      {{TimeHead("CREATED"), Fit::kWholeIfRoom},
       [](const Token& token) { return Cell{ShownTime(token.create_time())}; }},
      {{TimeHead("EXPIRES")},
       [](const Token& token) { return Cell{token.has_expire_time() ? ShownTime(token.expire_time()) : "-"}; }}};
  return Print(TableOf(columns, tokens)) ? 0 : 1;
}

int Revoke(const Flags& flags) {
  ChangedToken changed;
  const absl::Status status = Change(
      flags, "RevokeToken",
      [&](const KeySet&, Tokens& tokens) {
        return identity::RevokeToken(tokens, flags.name, "", "", RealRuntime().Now());
      },
      changed);
  if (!status.ok()) return Fail(kCommand, status);
  return Print(fmt::format("tokens/{} is revoked: every program refuses it within 5 s.\n", flags.name)) ? 0 : 1;
}

int Rotate(const Flags& flags) {
  ChangedToken changed;
  const absl::Status status = Change(
      flags, "RotateToken",
      [&](const KeySet& keys, Tokens& tokens) {
        return identity::RotateToken(tokens, keys.pepper, flags.name, "", "", flags.overlap, RealRuntime());
      },
      changed);
  if (!status.ok()) return Fail(kCommand, status);
  PrintError(fmt::format("tokens/{}: the secret before this one is taken for {} more.\n", flags.name,
                         ShownDuration(flags.overlap)));
  return ShowSecret(changed);
}

Command AddTokenVerb(CLI::App& parent, const std::shared_ptr<Flags>& flags, const std::string& name,
                     const std::string& description, int (*run)(const Flags&)) {
  CLI::App* app = parent.add_subcommand(name, description);
  service::AddKeysFlags(*app, flags->settings);
  return {app, [flags, run] { return run(*flags); }};
}

}  // namespace

Command TokenCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("token", "Let programs call, each with just the rights it needs");
  const auto flags = std::make_shared<Flags>();
  std::vector<Command> verbs;
  verbs.push_back(AddTokenVerb(*app, flags, "list", "List tokens, revoked ones too", List));
  AddUtcFlag(*verbs.back().app);
  AddFormatFlag(*verbs.back().app, flags->format);
  verbs.push_back(AddTokenVerb(*app, flags, "create", "Make a token, and print its secret once", Create));
  AddNameArgument(*verbs.back().app, *flags);
  AddRightsFlags(*verbs.back().app, *flags);
  verbs.back().app->footer(RightsFooter());
  AddTimeFlag(*verbs.back().app, "--expires", flags->expires, "From then on it is refused, such as 90d; else never");
  verbs.push_back(AddTokenVerb(*app, flags, "revoke", "Take a token back for good", Revoke));
  AddNameArgument(*verbs.back().app, *flags);
  verbs.push_back(AddTokenVerb(*app, flags, "rotate", "Give a token another secret, and print it once", Rotate));
  AddNameArgument(*verbs.back().app, *flags);
  AddTimeFlag(*verbs.back().app, "--overlap", flags->overlap, "How long the secret before it is taken as well [24h]");
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
