#include "cli/resource/effect_text.h"

#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "fmt/ranges.h"

#include "cli/output/names.h"
#include "cli/output/progress.h"
#include "cli/output/table.h"
#include "cli/output/text_width.h"
#include "cli/output/times.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Effect;
using dangol::metrics::v1::EffectLook;
using dangol::metrics::v1::EffectWindow;

// What is said, in one language.
struct Words {
  std::string_view no_look, too_early, improved, worsened, same, inconclusive;
  std::string_view from, to, days, complaints, per_thousand, per_day, before, after;
  std::string_view caution, expected, said_first, looked_at, looked_at_once, finished, next;
};

constexpr Words kEnglish = {
    .no_look = "too early to say: no day after the shipment has been counted yet",
    .too_early = "too early to say: about {0:.1f} complaints would have been expected by now, {1} came",
    .improved = "fewer complain: {2:.2f} times as many as before (95 %: {3:.2f} to {4:.2f})",
    .worsened = "more complain: {2:.2f} times as many as before (95 %: {3:.2f} to {4:.2f})",
    .same = "as many complain as before: {2:.2f} times as many (95 %: {3:.2f} to {4:.2f})",
    .inconclusive = "it cannot be told: between {3:.2f} and {4:.2f} times as many complain as before",
    .from = "FROM",
    .to = "TO",
    .days = "DAYS",
    .complaints = "COMPLAINTS",
    .per_thousand = "PER 1,000",
    .per_day = "PER DAY",
    .before = "before",
    .after = "after",
    .caution = "Before and after are compared: whatever else happened at that time is in it, too.",
    .expected = "{:.1f} complaints would have been expected at the rate of before, {} came.",
    .said_first = "The numbers up to {} were the first to say so.",
    .looked_at = "Looked at {} times",
    .looked_at_once = "Looked at once",
    .finished = ", and no more.",
    .next = "; next on {}."};

constexpr Words kKorean = {.no_look = "아직 이르다: 출시 뒤의 하루도 아직 세지 않았다",
                           .too_early = "아직 이르다: 지금까지 {0:.1f}건쯤 왔을 텐데 {1}건 왔다",
                           .improved = "불만이 줄었다: 전의 {2:.2f}배 (95 %: {3:.2f}–{4:.2f})",
                           .worsened = "불만이 늘었다: 전의 {2:.2f}배 (95 %: {3:.2f}–{4:.2f})",
                           .same = "전과 같다: 전의 {2:.2f}배 (95 %: {3:.2f}–{4:.2f})",
                           .inconclusive = "알 수 없다: 전의 {3:.2f}배에서 {4:.2f}배 사이",
                           .from = "부터",
                           .to = "까지",
                           .days = "일수",
                           .complaints = "불만",
                           .per_thousand = "1,000당",
                           .per_day = "하루",
                           .before = "전",
                           .after = "뒤",
                           .caution = "앞뒤를 견주었을 뿐이다. 그사이에 일어난 다른 일도 함께 들어 있다.",
                           .expected = "전과 같았다면 {:.1f}건쯤 왔을 텐데 {}건 왔다.",
                           .said_first = "{}까지의 수로 처음 말할 수 있었다.",
                           .looked_at = "{}번 보았다",
                           .looked_at_once = "한 번 보았다",
                           .finished = ". 더 보지 않는다.",
                           .next = ". 다음은 {}."};

const Words& WordsOf(const std::string& language) { return language == "ko" ? kKorean : kEnglish; }

std::string_view SentenceOf(const Words& words, Effect::Verdict verdict) {
  switch (verdict) {
    case Effect::IMPROVED:
      return words.improved;
    case Effect::WORSENED:
      return words.worsened;
    case Effect::NO_DETECTABLE_EFFECT:
      return words.same;
    case Effect::INCONCLUSIVE:
      return words.inconclusive;
    default:
      return words.too_early;
  }
}

// Counted by days, there is no exposure to be shown beside them.
std::vector<Cell> WindowCells(std::string_view name, const EffectWindow& window, bool by_days) {
  const double rate = window.exposure() > 0 ? static_cast<double>(window.complaints()) / window.exposure() : 0;
  std::vector<Cell> cells = {{std::string(name)},
                             {window.first_day()},
                             {window.last_day()},
                             {std::to_string(window.days())},
                             {ShownCount(window.complaints())}};
  if (!by_days) cells.push_back({ShownCount(static_cast<int64_t>(window.exposure()))});
  cells.push_back({fmt::format("{:.2f}", by_days ? rate : rate * 1000)});
  return cells;
}

std::string Windows(const Effect& effect, const EffectNames& names, const Words& words) {
  const bool by_days = effect.exposure_kpi().empty();
  std::vector<std::vector<Cell>> rows = {{{""},
                                          {std::string(words.from)},
                                          {std::string(words.to)},
                                          {std::string(words.days)},
                                          {std::string(words.complaints)}}};
  if (!by_days) rows[0].push_back({names.exposure.empty() ? IdOf(effect.exposure_kpi()) : names.exposure});
  rows[0].push_back({std::string(by_days ? words.per_day : words.per_thousand)});
  rows.push_back(WindowCells(words.before, effect.before(), by_days));
  rows.push_back(WindowCells(words.after, effect.after(), by_days));
  constexpr size_t kFirstNumber = 3;
  for (size_t column = kFirstNumber; column < rows[0].size(); ++column) AlignRight(rows, column);
  return Table(std::vector<Head>(rows[0].size())).Rows(rows);
}

// On lines of the terminal.
std::string Paragraph(const std::string& text, size_t width) {
  return (width == 0 ? text : Wrapped(text, width)) + "\n";
}

}  // namespace

std::string EffectSentence(const Effect& effect, const std::string& language) {
  const Words& words = WordsOf(language);
  if (!effect.has_look()) return std::string(words.no_look);
  const EffectLook& look = effect.look();
  return fmt::format(fmt::runtime(SentenceOf(words, effect.verdict())), look.expected(), look.complaints(),
                     look.ratio(), look.ratio_low(), look.ratio_high());
}

std::string EffectText(const Effect& effect, const EffectNames& names, const std::string& language, size_t width) {
  const Words& words = WordsOf(language);
  std::string heading = IdOf(effect.change());
  if (!names.change.empty()) heading += "  " + names.change;
  std::string sentence = EffectSentence(effect, language);
  if (!effect.contact_reasons().empty())
    sentence = fmt::format("{}: {}", fmt::join(effect.contact_reasons(), ", "), sentence);
  std::string text = Paragraph(heading, width) + Paragraph(sentence, width);
  if (!effect.has_look()) return text;
  text += "\n" + Windows(effect, names, words);
  std::string said = fmt::format(fmt::runtime(words.expected), effect.look().expected(), effect.look().complaints());
  if (!effect.verdict_day().empty()) said += " " + fmt::format(fmt::runtime(words.said_first), effect.verdict_day());
  text += "\n" + Paragraph(said, width);
  said = effect.looks_size() == 1 ? std::string(words.looked_at_once)
                                  : fmt::format(fmt::runtime(words.looked_at), effect.looks_size());
  said += effect.has_next_look_time() ? fmt::format(fmt::runtime(words.next), TimeWithZone(effect.next_look_time()))
                                      : std::string(words.finished);
  return text + Paragraph(fmt::format("{} {}", words.caution, said), width);
}

}  // namespace dangol::cli
