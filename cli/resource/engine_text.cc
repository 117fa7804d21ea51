#include "cli/resource/engine_text.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "fmt/format.h"

#include "cli/output/language.h"
#include "cli/output/names.h"
#include "cli/output/text_width.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Engine;
using dangol::metrics::v1::Play;
using dangol::metrics::v1::ProcessStep;
using dangol::metrics::v1::Stage;

// Without a terminal nothing is broken into lines.
constexpr size_t kWidest = 1U << 20U;

// What is said, in one language.
struct Words {
  std::string_view default_engine, revision, zone, week_start, closed, by_policy, never, exposure;
  std::string_view nobody, process, playbook, retired, retired_into;
  std::array<std::string_view, 8> weekdays;
};

constexpr Words kEnglish = {
    .default_engine = "the default engine",
    .revision = "revision {}",
    .zone = "Time zone: {}",
    .week_start = "A week begins on {}",
    .closed = "Closed: {}",
    .by_policy = "the days of the triage policy (dangol policy show)",
    .never = "no day",
    .exposure = "Complaints are counted against: {}",
    .nobody = "nobody was named",
    .process = "What we do",
    .playbook = "When",
    .retired = "retired",
    .retired_into = "retired; {} goes on with it",
    .weekdays = {"-", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}};

constexpr Words kKorean = {.default_engine = "기본 엔진",
                           .revision = "{}판",
                           .zone = "시간대: {}",
                           .week_start = "한 주의 시작: {}",
                           .closed = "쉬는 날: {}",
                           .by_policy = "응대 정책을 따름 (dangol policy show)",
                           .never = "없음",
                           .exposure = "불만을 견주는 수: {}",
                           .nobody = "담당자 없음",
                           .process = "하는 일",
                           .playbook = "이럴 때",
                           .retired = "쓰지 않음",
                           .retired_into = "쓰지 않음; {}에서 이어 감",
                           .weekdays = {"-", "월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"}};

class Page {
 public:
  Page(const Engine& engine, const PeopleNames& people, const std::string& language, size_t width)
      : engine_(engine),
        people_(people),
        language_(language),
        words_(language == "ko" ? kKorean : kEnglish),
        width_(width == 0 ? kWidest : width) {}

  void AddHead(const std::string& exposure) {
    Add(0, fmt::format("{}  {} ({}{}{})", IdOf(engine_.name()), InLanguage(engine_.display_names(), language_),
                       engine_.default_engine() ? words_.default_engine : "", engine_.default_engine() ? ", " : "",
                       fmt::format(fmt::runtime(words_.revision), engine_.revision())));
    Add(2, fmt::format(fmt::runtime(words_.zone), engine_.time_zone()));
    Add(2, fmt::format(fmt::runtime(words_.week_start), words_.weekdays.at(static_cast<size_t>(engine_.week_start()))));
    Add(2, fmt::format(fmt::runtime(words_.closed), ClosedDays()));
    if (!exposure.empty()) Add(2, fmt::format(fmt::runtime(words_.exposure), exposure));
  }

  void AddStage(const Stage& stage, int number) {
    text_ += "\n";
    const std::string owner = stage.owner().empty() ? std::string(words_.nobody) : PersonIn(people_, stage.owner());
    Add(0, fmt::format("{}. {} ({}): {}", number, InLanguage(stage.display_names(), language_), stage.stage_id(),
                       stage.retired() ? Retired(stage) : owner));
    if (!stage.scenario().empty()) Add(3, InLanguage(stage.scenario(), language_));
    if (!stage.steps().empty()) Add(3, words_.process);
    for (const ProcessStep& step : stage.steps()) {
      Add(5, fmt::format("- {}{}", InLanguage(step.description(), language_),
                         step.owner().empty() ? "" : fmt::format(" ({})", PersonIn(people_, step.owner()))));
    }
    for (const Play& play : stage.playbook()) {
      Add(3, fmt::format("{}: {}", words_.playbook, InLanguage(play.situation(), language_)));
      Add(5, InLanguage(play.response(), language_));
    }
  }

  std::string TakeText() { return std::move(text_); }

 private:
  void Add(size_t indent, std::string_view text) { text_ += Indented(text, indent, width_); }

  std::string ClosedDays() const {
    if (engine_.closed_days() == Engine::POLICY) return std::string(words_.by_policy);
    std::vector<std::string> days;
    for (const int weekday : engine_.closed_weekdays())
      days.emplace_back(words_.weekdays.at(static_cast<size_t>(weekday)));
    days.insert(days.end(), engine_.holidays().begin(), engine_.holidays().end());
    return days.empty() ? std::string(words_.never) : absl::StrJoin(days, ", ");
  }

  std::string Retired(const Stage& stage) const {
    if (stage.retired_into().empty()) return std::string(words_.retired);
    return fmt::format(fmt::runtime(words_.retired_into), ShortName(stage.retired_into()));
  }

  const Engine& engine_;
  const PeopleNames& people_;
  const std::string& language_;
  const Words& words_;
  const size_t width_;
  std::string text_;
};

}  // namespace

std::string EngineText(const Engine& engine, const std::string& exposure, const PeopleNames& people,
                       const std::string& language, size_t width) {
  Page page(engine, people, language, width);
  page.AddHead(exposure.empty() && !engine.exposure_kpi().empty() ? IdOf(engine.exposure_kpi()) : exposure);
  int number = 0;
  for (const Stage& stage : engine.stages()) page.AddStage(stage, ++number);
  return page.TakeText();
}

}  // namespace dangol::cli
