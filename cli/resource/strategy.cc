// `dangol strategy` and `dangol engine stop-candidates`
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/verb.h"
#include "cli/output/language.h"
#include "cli/output/names.h"
#include "cli/output/output.h"
#include "cli/output/table.h"
#include "cli/output/times.h"
#include "cli/resource/engine_named.h"
#include "common/base/json.h"
#include "dangol/metrics/v1/strategy.pb.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::ChangeWithoutEffect;
using dangol::metrics::v1::GetStopCandidatesRequest;
using dangol::metrics::v1::GetStopCandidatesResponse;
using dangol::metrics::v1::GetStrategyMixRequest;
using dangol::metrics::v1::StrategyMix;
using dangol::metrics::v1::StrategyMonth;
using dangol::metrics::v1::StrategyShare;
using dangol::metrics::v1::UncitedStep;

constexpr char kService[] = "/dangol.metrics.v1.EngineService/";

struct Flags {
  VerbFlags common;
  std::string engine;
  int months = 12;
  std::string language = TerminalLanguage();
};

// As the service sends them.
constexpr std::array<std::string_view, 8> kEnglish = {
    "MONTH",      "MAKE US KNOWN",   "KNOW THEM",  "MAKE THEM TRUST US",
    "TRUST THEM", "BIND THEM TO US", "BECOME ONE", "GENERATION"};
constexpr std::array<std::string_view, 8> kKorean = {
    "달",          "우리를 알리기", "고객을 알기",      "우리를 믿게 하기",
    "고객을 믿기", "고객을 붙잡기", "고객과 하나 되기", "세대"};

std::vector<Cell> RowOf(const StrategyMonth& month) {
  std::vector<Cell> row = {{month.first_day().substr(0, 7) + (month.so_far() ? " …" : "")}};
  for (const StrategyShare& share : month.strategies())
    row.push_back({share.count() == 0 ? "-" : fmt::format("{} ({:.0f} %)", share.count(), share.share() * 100)});
  row.push_back({month.has_generation() ? fmt::format("{:.1f}", month.generation()) : "-"});
  return row;
}

// From the first month in which something was done; where there is no room for all strategies, those that nothing
// follows are left out.
std::string MixTable(const StrategyMix& mix, const std::string& language) {
  const auto& words = language == "ko" ? kKorean : kEnglish;
  std::vector<Head> heads(words.size());
  for (size_t i = 0; i < words.size(); ++i)
    heads[i] = {std::string(words[i]), i == 0 || i + 1 == words.size() ? Fit::kWhole : Fit::kWholeIfRoom};
  std::vector<std::vector<Cell>> rows;
  for (const StrategyMonth& month : mix.months()) {
    if (rows.empty() && !month.has_generation()) continue;
    rows.push_back(RowOf(month));
    for (int i = 0; i < month.strategies_size(); ++i) {
      if (month.strategies(i).count() > 0) heads[i + 1].fit = Fit::kWhole;
    }
  }
  if (rows.empty())
    return language == "ko" ? "이 기간에는 답을 받은 불만도, 나간 변경도 없다.\n"
                            : "In these months no complaint was answered, and no change shipped.\n";
  return Table(std::move(heads)).Rows(rows);
}

int ShowMix(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "metrics"));
  const auto engine = EngineNamed(client, flags.engine, flags.common.timeout);
  if (!engine.ok()) return Fail("strategy", engine.status());
  GetStrategyMixRequest request;
  request.set_engine(engine->name());
  absl::TimeZone zone;
  absl::LoadTimeZone(engine->time_zone(), &zone);  // it knows it, as the service does; else UTC
  const absl::CivilDay today = absl::ToCivilDay(absl::Now(), zone);
  request.set_first_day(absl::FormatCivilTime(absl::CivilDay(absl::CivilMonth(today) - (flags.months - 1))));
  request.set_last_day(absl::FormatCivilTime(today));
  const auto mix = Call<StrategyMix>(client, std::string(kService) + "GetStrategyMix", request, flags.common.timeout);
  if (!mix.ok()) return Fail("strategy", mix.status());
  if (flags.common.format == Format::kJson) return Print(ToJson(*mix, JsonStyle::kCompact) + "\n") ? 0 : 1;
  return Print(MixTable(*mix, flags.language)) ? 0 : 1;
}

int ShowCandidates(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "metrics"));
  const auto engine = EngineNamed(client, flags.engine, flags.common.timeout);
  if (!engine.ok()) return Fail("engine stop-candidates", engine.status());
  GetStopCandidatesRequest request;
  request.set_engine(engine->name());
  const auto found = Call<GetStopCandidatesResponse>(client, std::string(kService) + "GetStopCandidates", request,
                                                     flags.common.timeout);
  if (!found.ok()) return Fail("engine stop-candidates", found.status());
  if (flags.common.format == Format::kJson) return Print(ToJson(*found, JsonStyle::kCompact) + "\n") ? 0 : 1;
  if (found->changes().empty() && found->steps().empty())
    return Print("Something speaks for each step and each shipped change, or it is too early to say.\n") ? 0 : 1;
  std::vector<std::vector<Cell>> rows;
  for (const ChangeWithoutEffect& change : found->changes()) {
    rows.push_back({{"change " + IdOf(change.change())},
                    {"no effect was found"},
                    {TimeWithZone(change.ship_time())},
                    {change.title()}});
  }
  for (const UncitedStep& step : found->steps()) {
    rows.push_back({{fmt::format("step {}/{}", IdOf(step.stage()), step.step_id())},
                    {"no change, KPI or agreement"},
                    {"-"},
                    {InLanguage(step.description(), flags.language)}});
  }
  Table table({{"WHAT"}, {"WHY"}, {"SHIPPED", Fit::kWholeIfRoom}, {"IN WORDS", Fit::kText}});
  return Print(table.Rows(rows)) ? 0 : 1;
}

std::shared_ptr<Flags> AddFlags(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(app, flags->common);
  app.add_option("ENGINE", flags->engine, "Its name; the default engine unless given")->type_name("");
  AddLanguageFlag(app, flags->language);
  return flags;
}

}  // namespace

Command StrategyCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("strategy", "Show which strategies the work follows, and what that amounts to");
  const std::shared_ptr<Flags> flags = AddFlags(*app);
  app->add_option("--months", flags->months, "How many; 12 unless given")
      ->type_name("N")
      ->check(CLI::Range(1, 60).description(""));
  app->footer(
      "A complaint that was answered without that anything changes is MAKE THEM TRUST US, one that a shipped change "
      "answered TRUST THEM, and BECOME ONE where a customer had found that mended before it shipped. Of changes that no "
      "complaint asked for somebody says the strategy. The generation is the mean of these, from 1.0 to 3.0.");
  return {app, [flags] { return ShowMix(*flags); }};
}

Command StopCandidatesCommand(CLI::App& engine) {
  CLI::App* app = engine.add_subcommand("stop-candidates", "List what people do and nothing speaks for");
  const std::shared_ptr<Flags> flags = AddFlags(*app);
  return {app, [flags] { return ShowCandidates(*flags); }};
}

}  // namespace dangol::cli
