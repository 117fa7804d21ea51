#include "cli/resource/loop_story.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "cli/output/names.h"
#include "cli/output/table.h"
#include "cli/output/text_width.h"
#include "cli/output/times.h"
#include "cli/resource/loop_told.h"
#include "common/base/proto_time.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using dangol::metrics::v1::Loop;
using dangol::metrics::v1::LoopSummary;
using dangol::metrics::v1::Step;
using dangol::tickets::v1::Ticket;

constexpr size_t kLineWidthMax = 100;

Colour ColourOf(const Step& step) {
  switch (step.kind()) {
    case Step::ANSWERED:
    case Step::CHANGE_SHIPPED:
    case Step::CHANGE_VERIFIED:
      return Colour::kGood;
    case Step::RECURRED:
    case Step::REOPENED:
    case Step::CHANGE_DROPPED:
    case Step::RETURNED:
    case Step::REFUSED:
    case Step::REVERTED:
    case Step::SHIPMENT_REVERTED:
    case Step::CHANGE_REGRESSED:
      return Colour::kBad;
    case Step::UPDATED:
    case Step::KIND_UNSPECIFIED:
    case Step::RECEIVED:
    case Step::HEARD:
    case Step::REPLIED:
    case Step::CUSTOMER_WROTE:
    case Step::ACCEPTED:
    case Step::CONFIRMED:
    case Step::DECLINED:
    case Step::RESOLVED:
    case Step::CHANGE_PROPOSED:
    case Step::CHANGE_PLANNED:
    case Step::CHANGE_STARTED:
    case Step::UNLINKED:
    case Step::MOVED:
    case Step::CLOSED:
    case Step::CHANGE_RECONSIDERED:
    case Step::CHANGE_MERGED:
    case dangol::metrics::v1::Step_Kind_Step_Kind_INT_MIN_SENTINEL_DO_NOT_USE_:
    case dangol::metrics::v1::Step_Kind_Step_Kind_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return Colour::kPlain;
}

absl::Duration Between(const google::protobuf::Timestamp& begin, const google::protobuf::Timestamp& end) {
  return FromProtoTime(end) - FromProtoTime(begin);
}

std::string Times(int32_t count) { return count == 1 ? "once" : fmt::format("{} times", count); }

// What the story says around its steps, in one language.
struct Words {
  std::string_view language;
  std::string_view time, after, happened, answered, ended, open;
  std::string_view proposed, planned, started, shipped, dropped, shipments, tickets, answers, late, came_back;
  std::string_view first_received, last_received, to_the_answer, quantiles;
};

constexpr Words kEnglish = {.language = "en",
                            .time = "TIME",
                            .after = "AFTER",
                            .happened = "WHAT HAPPENED",
                            .answered = "{} from receipt to answer.\n",
                            .ended = "{} from receipt to its end, in another system.\n",
                            .open = "{} since its receipt, without an answer.\n",
                            .proposed = "proposed",
                            .planned = "planned",
                            .started = "started",
                            .shipped = "shipped",
                            .dropped = "dropped",
                            .shipments = "shipments",
                            .tickets = "tickets",
                            .answers = "answered",
                            .late = "{}, {} of them late",
                            .came_back = "came back",
                            .first_received = "first received",
                            .last_received = "last received",
                            .to_the_answer = "to the answer",
                            .quantiles = "{} for half of them, {} for nine in ten"};

constexpr Words kKorean = {.language = "ko",
                           .time = "때",
                           .after = "걸린 시간",
                           .happened = "있었던 일",
                           .answered = "받은 때부터 답까지 {} 걸림.\n",
                           .ended = "받은 때부터 다른 시스템에서 끝날 때까지 {} 걸림.\n",
                           .open = "받은 지 {}째, 아직 답이 없음.\n",
                           .proposed = "제안",
                           .planned = "하기로 결정",
                           .started = "착수",
                           .shipped = "출시",
                           .dropped = "그만둠",
                           .shipments = "출시 횟수",
                           .tickets = "불만",
                           .answers = "답변됨",
                           .late = "{}, 그 가운데 출시 뒤에 반영 {}",
                           .came_back = "다시 옴",
                           .first_received = "처음 받은 때",
                           .last_received = "마지막으로 받은 때",
                           .to_the_answer = "답까지",
                           .quantiles = "절반은 {} 안에, 열에 아홉은 {} 안에"};

const Words& WordsIn(const std::string& language) { return language == "ko" ? kKorean : kEnglish; }

std::string KindIn(const Words& words, Ticket::Kind kind) {
  static constexpr std::array<std::string_view, 5> kNames = {"불만", "불만", "요청", "질문", "칭찬"};
  const auto number = static_cast<size_t>(kind);
  return words.language == "ko" && number < kNames.size() ? std::string(kNames[number])
                                                          : InWords(Ticket::Kind_Name(kind));
}

std::string StateIn(const Words& words, Ticket::State state) {
  static constexpr std::array<std::string_view, 9> kNames = {"모름",   "받음", "들음", "반영", "아직",
                                                             "답변됨", "닫힘", "중복", "스팸"};
  const auto number = static_cast<size_t>(state);
  return words.language == "ko" && number < kNames.size() ? std::string(kNames[number])
                                                          : InWords(Ticket::State_Name(state));
}

std::string StateIn(const Words& words, Change::State state) {
  static constexpr std::array<std::string_view, 9> kNames = {"모름",   "제안",      "예정",   "진행",  "출시됨",
                                                             "확인됨", "다시 열림", "그만둠", "합쳐짐"};
  const auto number = static_cast<size_t>(state);
  return words.language == "ko" && number < kNames.size() ? std::string(kNames[number])
                                                          : InWords(Change::State_Name(state));
}

std::string DispositionIn(const Words& words, Ticket::Disposition disposition) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "",           "알려 드림", "이번만 도와드림", "고맙다고 전함", "우리 일이 아님", "고객이 거둠", "바꿔서 답함",
      "가져온 기록"};
  const auto number = static_cast<size_t>(disposition);
  return words.language == "ko" && number < kNames.size() ? std::string(kNames[number])
                                                          : InWords(Ticket::Disposition_Name(disposition));
}

std::string ReasonAndChannel(const Words& words, const Loop& loop) {
  const bool is_korean = words.language == "ko";
  std::string text;
  if (!loop.contact_reason().empty())
    text += is_korean ? fmt::format(" · {}", loop.contact_reason()) : fmt::format(" about {}", loop.contact_reason());
  if (!loop.channel().empty())
    text += is_korean ? fmt::format(" · {}", loop.channel()) : fmt::format(", by {}", loop.channel());
  return text;
}

std::string Heading(const Words& words, const Loop& loop, std::string_view subject) {
  std::string text = IdOf(loop.ticket());
  if (!subject.empty()) text += fmt::format("  {}", OneLine(subject, kLineWidthMax));
  text += fmt::format("\n{}{}: {}", KindIn(words, loop.kind()), ReasonAndChannel(words, loop),
                      StateIn(words, loop.state()));
  if (loop.disposition() != Ticket::DISPOSITION_UNSPECIFIED)
    text += fmt::format(" ({})", DispositionIn(words, loop.disposition()));
  if (loop.change().empty()) return text + "\n";
  text += "\n" + IdOf(loop.change());
  if (!loop.change_title().empty()) text += fmt::format("  {}", OneLine(loop.change_title(), kLineWidthMax));
  if (loop.change_state() != Change::STATE_UNSPECIFIED)
    text += fmt::format(": {}", StateIn(words, loop.change_state()));
  return text + "\n";
}

std::string Took(const Words& words, absl::Duration duration) {
  return ShownDuration(duration, std::string(words.language));
}

// How long it took, or takes.
std::string End(const Words& words, const Loop& loop, absl::Time now) {
  if (!loop.has_receive_time()) return "";
  const auto took = [&](std::string_view sentence, absl::Duration duration) {
    return fmt::format(fmt::runtime(sentence), Took(words, duration));
  };
  if (loop.has_answer_time()) return took(words.answered, Between(loop.receive_time(), loop.answer_time()));
  if (loop.has_close_time()) return took(words.ended, Between(loop.receive_time(), loop.close_time()));
  return took(words.open, now - FromProtoTime(loop.receive_time()));
}

std::string Returns(const Words& words, const Loop& loop) {
  const bool is_korean = words.language == "ko";
  std::string text;
  if (loop.recurrence_count() > 0)
    text += is_korean ? fmt::format("{}번 다시 왔음.\n", loop.recurrence_count())
                      : fmt::format("It came back {}.\n", Times(loop.recurrence_count()));
  if (loop.reopen_count() > 0)
    text += is_korean ? fmt::format("{}번 다시 열렸음.\n", loop.reopen_count())
                      : fmt::format("It was opened again {}.\n", Times(loop.reopen_count()));
  return text;
}

}  // namespace

std::string History(const Loop& loop, const std::string& language) {
  const Words& words = WordsIn(language);
  Table table({{TimeHead(words.time)}, {std::string(words.after)}, {std::string(words.happened), Fit::kText}});
  std::vector<std::vector<Cell>> rows;
  const Step* before = nullptr;
  for (const Step& step : loop.steps()) {
    const absl::Duration took = before == nullptr ? absl::ZeroDuration() : Between(before->time(), step.time());
    rows.push_back({{ShownTime(step.time())},
                    {took >= absl::Seconds(1) ? fmt::format("+{}", Took(words, took)) : ""},
                    {Told(step, language), ColourOf(step)}});
    before = &step;
  }
  return table.Rows(rows);
}

std::string Story(const Loop& loop, std::string_view subject, absl::Time now, const std::string& language) {
  const Words& words = WordsIn(language);
  return Fitted(Heading(words, loop, subject), TerminalWidth()) + "\n" + History(loop, language) + "\n" +
         End(words, loop, now) + Returns(words, loop);
}

std::string Story(const LoopSummary& summary, const std::string& language) {
  const Words& words = WordsIn(language);
  std::string text = IdOf(summary.change());
  if (!summary.title().empty()) text += fmt::format("  {}", OneLine(summary.title(), kLineWidthMax));
  if (summary.state() != Change::STATE_UNSPECIFIED) text += fmt::format(": {}", StateIn(words, summary.state()));
  text = Fitted(text, TerminalWidth()) + "\n\n";
  std::vector<std::vector<Cell>> rows;
  const auto add = [&](std::string_view what, std::string value) {
    rows.push_back({{std::string(what)}, {std::move(value)}});
  };
  const auto add_time = [&](std::string_view what, bool set, const google::protobuf::Timestamp& time) {
    if (set) add(what, TimeWithZone(time));
  };
  add_time(words.proposed, summary.has_propose_time(), summary.propose_time());
  add_time(words.planned, summary.has_plan_time(), summary.plan_time());
  add_time(words.started, summary.has_start_time(), summary.start_time());
  add_time(words.shipped, summary.has_ship_time(), summary.ship_time());
  add_time(words.dropped, summary.has_drop_time(), summary.drop_time());
  add(words.shipments, std::to_string(summary.shipments()));
  add(words.tickets, std::to_string(summary.tickets()));
  for (int number = Ticket::RECEIVED; number <= Ticket::State_MAX; ++number) {
    const auto state = static_cast<Ticket::State>(number);
    const auto found = summary.tickets_by_state().find(Ticket::State_Name(state));
    if (found != summary.tickets_by_state().end()) add("  " + StateIn(words, state), std::to_string(found->second));
  }
  add(words.answers, fmt::format(fmt::runtime(words.late), summary.answered(), summary.late()));
  add(words.came_back, std::to_string(summary.recurrences()));
  if (summary.recurrences() > 0) rows.back().back().colour = Colour::kBad;
  add_time(words.first_received, summary.has_first_receive_time(), summary.first_receive_time());
  add_time(words.last_received, summary.has_last_receive_time(), summary.last_receive_time());
  if (summary.loop_time_p50_seconds() >= 0) {
    add(words.to_the_answer,
        fmt::format(fmt::runtime(words.quantiles), Took(words, absl::Seconds(summary.loop_time_p50_seconds())),
                    Took(words, absl::Seconds(summary.loop_time_p90_seconds()))));
  }
  return text + Table({{""}, {""}}).Rows(rows);
}

}  // namespace dangol::cli
