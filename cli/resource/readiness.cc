// `dangol readiness`
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/verb.h"
#include "cli/output/language.h"
#include "cli/output/output.h"
#include "cli/output/table.h"
#include "cli/resource/engine_named.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Engine;
using dangol::metrics::v1::EngineReadiness;
using dangol::metrics::v1::GetEngineReadinessRequest;
using dangol::metrics::v1::Kpi;
using dangol::metrics::v1::ListKpisRequest;
using dangol::metrics::v1::ListKpisResponse;
using dangol::metrics::v1::Stage;

struct Flags {
  VerbFlags common;
  std::string engine;
  std::string language = TerminalLanguage();
};

// How stages and KPIs are called, by name.
using Names = std::map<std::string, std::string>;

std::string InEnglish(EngineReadiness::Lack lack) {
  switch (lack) {
    case EngineReadiness::SCENARIO:
      return "says what the customer lives through";
    case EngineReadiness::PROCESS:
      return "has a process of at least one step";
    case EngineReadiness::OWNER:
      return "has an owner who works here";
    case EngineReadiness::KPI:
      return "has a KPI";
    case EngineReadiness::TARGET:
      return "has a target for the KPI";
    case EngineReadiness::ENTRIES:
      return "has all numbers of the last seven days";
    case EngineReadiness::AGREEMENT:
      return "has an owner who agreed to the newest revision";
    default:
      return EngineReadiness::Lack_Name(lack);
  }
}

std::string InKorean(EngineReadiness::Lack lack) {
  switch (lack) {
    case EngineReadiness::SCENARIO:
      return "고객이 겪는 일을 적은 글";
    case EngineReadiness::PROCESS:
      return "하는 일의 차례 (하나라도)";
    case EngineReadiness::OWNER:
      return "여기서 일하는 담당자";
    case EngineReadiness::KPI:
      return "지표 (하나라도)";
    case EngineReadiness::TARGET:
      return "지표의 목표";
    case EngineReadiness::ENTRIES:
      return "지난 이레의 숫자 모두";
    case EngineReadiness::AGREEMENT:
      return "최신 설계도에 대한 담당자의 동의";
    default:
      return EngineReadiness::Lack_Name(lack);
  }
}

absl::StatusOr<Names> AskNames(Client& client, const Flags& flags, const Engine& engine) {
  Names names;
  for (const Stage& stage : engine.stages()) {
    names.emplace(fmt::format("{}/stages/{}", engine.name(), stage.stage_id()),
                  InLanguage(stage.display_names(), flags.language));
  }
  ListKpisRequest request;
  request.set_parent(engine.name());
  request.set_page_size(1000);
  ListKpisResponse response;
  RETURN_IF_ERROR(
      EachPage(client, "/dangol.metrics.v1.KpiService/ListKpis", request, flags.common.timeout, response, [&](bool) {
        for (const Kpi& kpi : response.kpis())
          names.emplace(kpi.name(), InLanguage(kpi.display_names(), flags.language));
        return absl::OkStatus();
      }));
  return names;
}

std::string Text(const Engine& engine, const EngineReadiness& readiness, const Names& names,
                 const std::string& language) {
  const bool is_korean = language == "ko";
  if (readiness.ready()) {
    return is_korean ? fmt::format("{}: 빠진 것이 없다.\n", InLanguage(engine.display_names(), language))
                     : fmt::format("{} lacks nothing.\n", readiness.engine());
  }
  Table table(is_korean ? std::vector<Head>{{"단계"}, {"지표"}, {"아직 없는 것", Fit::kText}}
                        : std::vector<Head>{{"STAGE"}, {"KPI"}, {"NOT YET", Fit::kText}});
  std::vector<std::vector<Cell>> rows;
  for (const EngineReadiness::Gap& gap : readiness.gaps()) {
    const auto called = [&](const std::string& name) {
      const auto found = names.find(name);
      return found == names.end() ? std::string("-") : found->second;
    };
    rows.push_back(
        {{called(gap.stage())}, {called(gap.kpi())}, {is_korean ? InKorean(gap.lack()) : InEnglish(gap.lack())}});
  }
  return table.Rows(rows);
}

int Readiness(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "metrics"));
  const auto engine = EngineNamed(client, flags.engine, flags.common.timeout);
  if (!engine.ok()) return Fail("readiness", engine.status());
  GetEngineReadinessRequest request;
  request.set_name(engine->name());
  const auto readiness = Call<EngineReadiness>(client, "/dangol.metrics.v1.EngineService/GetEngineReadiness", request,
                                               flags.common.timeout);
  if (!readiness.ok()) return Fail("readiness", readiness.status());
  if (flags.common.format == Format::kJson) return Print(ToJson(*readiness, JsonStyle::kCompact) + "\n") ? 0 : 1;
  const auto names = AskNames(client, flags, *engine);
  if (!names.ok()) return Fail("readiness", names.status());
  return Print(Text(*engine, *readiness, *names, flags.language)) ? 0 : 1;
}

}  // namespace

Command ReadinessCommand(CLI::App& root) {
  CLI::App* app =
      root.add_subcommand("readiness", "Say what an engine still lacks before it can be run by its numbers");
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(*app, flags->common);
  app->add_option("ENGINE", flags->engine, "Its name; the default engine unless given")->type_name("");
  AddLanguageFlag(*app, flags->language);
  return {app, [flags] { return Readiness(*flags); }};
}

}  // namespace dangol::cli
