#include "cli/digest/digest_text.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "absl/strings/str_join.h"
#include "fmt/format.h"

#include "cli/output/language.h"
#include "cli/output/names.h"
#include "cli/output/print.h"
#include "cli/resource/report_text.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using dangol::metrics::v1::Engine;
using dangol::metrics::v1::Kpi;
using dangol::metrics::v1::Member;
using dangol::metrics::v1::Mention;
using dangol::metrics::v1::MissingEntry;
using dangol::metrics::v1::Remark;
using dangol::metrics::v1::Report;

// Mail programs wrap what is longer.
constexpr size_t kWidth = 78;

struct Words {
  std::string_view product, greeting;
  std::string_view numbers, decisions, questions, revisits, remarks, mentions, reports;
  std::string_view enter, decide, answer, look_again, said, named;
  std::string_view remark_line, footer;
};

constexpr Words kEnglish = {.product = "Dangol",
                            .greeting = "{}, this waits for you.",
                            .numbers = "numbers",
                            .decisions = "decisions",
                            .questions = "questions",
                            .revisits = "to look at again",
                            .remarks = "remarks",
                            .mentions = "mentions",
                            .reports = "reports",
                            .enter = "Numbers to enter",
                            .decide = "To decide",
                            .answer = "To answer: did it help, and can it be kept up?",
                            .look_again = "Declined then: is it possible by now?",
                            .said = "What was said",
                            .named = "Where you are named",
                            .remark_line = "{} on {}, {}: {}",
                            .footer = "Sent once a working day, and only when something waits."};

constexpr Words kKorean = {.product = "단골",
                           .greeting = "{} 님을 기다리는 일입니다.",
                           .numbers = "숫자",
                           .decisions = "결정",
                           .questions = "질문",
                           .revisits = "다시 볼 것",
                           .remarks = "의견",
                           .mentions = "언급",
                           .reports = "보고서",
                           .enter = "입력할 숫자",
                           .decide = "결정할 것",
                           .answer = "답할 것: 도움이 되었는가, 계속할 수 있는가?",
                           .look_again = "그때는 못 한다고 한 것: 이제는 할 수 있는가?",
                           .said = "들어온 의견",
                           .named = "나를 부른 곳",
                           .remark_line = "{}, {} {}: {}",
                           .footer = "일하는 날 하루 한 번, 기다리는 일이 있을 때만 보냅니다."};

std::string NameOf(const Company& company, const std::string& member) {
  const auto found = std::ranges::find(company.members, member, &Member::name);
  return found == company.members.end() ? IdOf(member) : found->display_name();
}

std::string KpiName(const Company& company, const std::string& name, const std::string& language) {
  const auto found = std::ranges::find(company.kpis, name, &Kpi::name);
  return found == company.kpis.end() ? IdOf(name) : InLanguage(found->display_names(), language);
}

std::string FirstLine(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

// A line for each KPI, with its days.
std::vector<std::string> Entries(const Company& company, const DigestContent& content, const std::string& language) {
  std::map<std::string, std::vector<std::string>> days;
  for (const MissingEntry& entry : content.due.missing_entries()) days[entry.kpi()].push_back(entry.day());
  std::vector<std::string> lines;
  for (const auto& [kpi, missing] : days)
    lines.push_back(fmt::format("{}: {}", KpiName(company, kpi, language), absl::StrJoin(missing, ", ")));
  return lines;
}

std::vector<std::string> Titles(const std::vector<Change>& changes) {
  std::vector<std::string> lines;
  for (const Change& change : changes) lines.push_back(fmt::format("{}  {}", IdOf(change.name()), change.title()));
  return lines;
}

std::vector<std::string> Remarks(const Company& company, const DigestContent& content, const std::string& language,
                                 const Words& words) {
  std::vector<std::string> lines;
  for (const Remark& remark : content.due.remarks()) {
    lines.push_back(fmt::format(fmt::runtime(words.remark_line), NameOf(company, remark.author()),
                                KpiName(company, remark.kpi(), language), remark.first_day(),
                                FirstLine(remark.body())));
  }
  return lines;
}

std::vector<std::string> Mentions(const Company& company, const DigestContent& content) {
  std::vector<std::string> lines;
  for (const Mention& mention : content.due.mentions()) {
    const std::string change = mention.comment().substr(0, mention.comment().find("/comments/"));
    lines.push_back(fmt::format("{}: {}", NameOf(company, mention.author()), IdOf(change)));
  }
  return lines;
}

std::string Section(std::string_view heading, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string text = fmt::format("\n{}\n", heading);
  for (const std::string& line : lines) text += fmt::format("  {}\n", line);
  return text;
}

std::string Subject(const DigestContent& content, const Words& words) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view what, size_t count) {
    if (count > 0) parts.push_back(fmt::format("{} {}", what, count));
  };
  add(words.numbers, static_cast<size_t>(content.due.missing_entries_size()));
  add(words.decisions, content.decisions.size());
  add(words.questions, content.questions.size());
  add(words.revisits, content.revisits.size());
  add(words.remarks, static_cast<size_t>(content.due.remarks_size()));
  add(words.mentions, static_cast<size_t>(content.due.mentions_size()));
  add(words.reports, content.reports.size());
  return fmt::format("{} {}: {}", words.product, content.due.day(), absl::StrJoin(parts, ", "));
}

}  // namespace

DigestText WriteDigest(const Company& company, const Member& member, const DigestContent& content) {
  const std::string language = member.language().starts_with("ko") ? "ko" : "en";
  const Words& words = language == "ko" ? kKorean : kEnglish;
  std::string body = fmt::format(fmt::runtime(words.greeting), member.display_name()) + "\n";
  body += Section(words.enter, Entries(company, content, language));
  body += Section(words.decide, Titles(content.decisions));
  body += Section(words.answer, Titles(content.questions));
  body += Section(words.look_again, content.revisits);
  body += Section(words.said, Remarks(company, content, language, words));
  body += Section(words.named, Mentions(company, content));
  PeopleNames people;
  for (const Member& one : company.members) people.emplace(one.name(), one.display_name());
  for (const Report& report : content.reports) {
    const auto engine = std::ranges::find(company.engines, report.engine(), &Engine::name);
    if (engine != company.engines.end())
      body += "\n" + WithoutColours(ReportText(*engine, report, people, language, kWidth));
  }
  body += fmt::format("\n-- \n{}\n", words.footer);
  return {Subject(content, words), body};
}

}  // namespace dangol::cli
