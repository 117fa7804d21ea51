#include "services/gateway/sign_in_page.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "services/gateway/connect_error.h"

namespace dangol::gateway {
namespace {

struct Words {
  const char* language;
  const char* title;
  const char* unknown;
  const char* left;
  const char* known_as;
  const char* again;
};

constexpr Words kEnglish = {
    "en",
    "You are not signed in.",
    "No member here has this account. Show this page to a lead, who adds a member with this e-mail address "
    "under Settings, Members.",
    "This account is of a member who has left. Ask a lead.",
    "What the provider says of you",
    "Try again"};
constexpr Words kKorean = {
    "ko",
    "아직 들어오지 못했어요.",
    "이 계정을 쓰는 사람이 여기에 없어요. 이 화면을 팀장에게 보여 주세요. 팀장이 설정의 사람들에서 이 "
    "이메일로 더해 줄 수 있어요.",
    "떠난 사람의 계정이에요. 팀장에게 물어봐 주세요.",
    "계정에서 알려 준 것",
    "다시 해 보기"};

std::string Escaped(std::string_view text) {
  return absl::StrReplaceAll({text.data(), text.size()},
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

std::string Shown(const google::protobuf::Struct& claims) {
  std::string rows;
  for (const char* name : {"iss", "sub", "email", "email_verified", "preferred_username", "name"}) {
    const auto found = claims.fields().find(name);
    if (found == claims.fields().end()) continue;
    const google::protobuf::Value& value = found->second;
    const std::string text = value.kind_case() == google::protobuf::Value::kBoolValue
                                 ? (value.bool_value() ? "true" : "false")
                                 : value.string_value();
    rows += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, Escaped(text));
  }
  return rows;
}

}  // namespace

HttpResponse SignInPage(const HttpRequest& request, std::string_view path_prefix, const absl::Status& status,
                        const google::protobuf::Struct& claims) {
  const Words& words = rpc::FindMetadata(request.headers, "accept-language").starts_with("ko") ? kKorean : kEnglish;
  const std::string reason = ErrorReason(status);
  std::string why;
  if (reason == "MEMBER_UNKNOWN" || reason == "MEMBER_UNPROVED") why = words.unknown;
  if (reason == "MEMBER_LEFT") why = words.left;
  const std::string who = Shown(claims);
  // A provider that names nobody is refused, whatever its status would be of a call.
  const int code =
      absl::IsNotFound(status) || absl::IsFailedPrecondition(status) ? 403 : ConnectErrorResponse(status).status;
  return {
      code,
      {{"content-type", "text/html; charset=utf-8"},
       {"cache-control", "no-store"},
       {"referrer-policy", "no-referrer"},
       {"x-content-type-options", "nosniff"},
       {"content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}},
      fmt::format(R"(<!doctype html>
<html lang="{}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Dangol</title>
<h1>{}</h1>
<p>{}</p>
<p>{} ({})</p>
{}<p><a href="{}/auth/start">{}</a> · <a href="{}/">Dangol</a></p>
)",
                  words.language, words.title, why, Escaped(std::string(status.message())), reason,
                  who.empty() ? "" : fmt::format("<h2>{}</h2>\n<dl>\n{}</dl>\n", words.known_as, who), path_prefix,
                  words.again, path_prefix)};
}

}  // namespace dangol::gateway
