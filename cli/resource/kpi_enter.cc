#include "cli/resource/kpi_enter.h"

#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/language.h"
#include "cli/output/output.h"
#include "cli/output/text_width.h"
#include "cli/resource/kpi_cell.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "dangol/metrics/v1/kpi_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Entry;
using dangol::metrics::v1::GetKpiRequest;
using dangol::metrics::v1::Kpi;
using dangol::metrics::v1::ListMissingEntriesRequest;
using dangol::metrics::v1::ListMissingEntriesResponse;
using dangol::metrics::v1::MissingEntry;
using dangol::metrics::v1::QuerySeriesRequest;
using dangol::metrics::v1::QuerySeriesResponse;
using dangol::metrics::v1::RecordObservationsRequest;
using dangol::metrics::v1::RecordObservationsResponse;

constexpr char kCommand[] = "kpi enter";
constexpr char kService[] = "/dangol.metrics.v1.KpiService/";
// What is asked, in one language.
struct Words {
  std::string_view help, before, two_numbers, one_number, nothing, none_entered, entered;
};
constexpr Words kEnglish = {
    .help =
        "A number; 3/40 for a share or an average; n/a and perhaps a reason where there is nothing to count. Enter "
        "alone leaves a day as it is; the end of the input (Ctrl-D) sends what there is.",
    .before = "The number of the day before stands in [ ].",
    .two_numbers = "This takes two numbers, such as 3/40.",
    .one_number = "This takes one number, such as 12.",
    .nothing = "Nothing is to be entered.",
    .none_entered = "Nothing was entered.",
    .entered = "{} entered, {} left."};
constexpr Words kKorean = {
    .help =
        "숫자를 적으세요. 비율이나 평균은 3/40처럼, 셀 것이 없는 날은 n/a와 까닭을 적습니다. 그냥 Enter를 누르면 "
        "그날은 그대로 두고, Ctrl-D를 누르면 지금까지 적은 것을 보냅니다.",
    .before = "[ ] 안은 전날의 숫자입니다.",
    .two_numbers = "이 지표는 3/40처럼 두 숫자로 적습니다.",
    .one_number = "이 지표는 12처럼 숫자 하나로 적습니다.",
    .nothing = "입력할 숫자가 없습니다.",
    .none_entered = "아무것도 입력하지 않았습니다.",
    .entered = "{}개 입력, {}개 남음."};

struct Flags {
  VerbFlags common;
  std::string engine;
  std::string member;
  std::string language = TerminalLanguage();
};

const Words& WordsIn(const std::string& language) { return language == "ko" ? kKorean : kEnglish; }

// One cell that is asked for, with what stands beside it.
struct Asked {
  Kpi kpi;
  std::string day;
  std::string before;  // the day before, such as `12`
};

class Asking {
 public:
  explicit Asking(const Flags& flags)
      : flags_(flags),
        client_(TargetAddress(flags.common.suite, "metrics")),
        engine_(FullName(flags.engine, "engines/*")) {}

  // What the member has to enter, by day, with the number of the day before.
  absl::StatusOr<std::vector<Asked>> Cells() {
    ListMissingEntriesRequest request;
    request.set_parent(engine_);
    request.set_member(FullName(flags_.member, "members/*"));
    request.set_page_size(1000);
    ASSIGN_OR_RETURN(const auto missing, Call<ListMissingEntriesResponse>(client_, Path("ListMissingEntries"), request,
                                                                          flags_.common.timeout));
    std::vector<Asked> cells;
    for (const MissingEntry& entry : missing.missing_entries()) {
      ASSIGN_OR_RETURN(const Kpi kpi, ReadKpi(entry.kpi()));
      ASSIGN_OR_RETURN(const std::string before, DayBefore(entry));
      cells.push_back({kpi, entry.day(), before});
    }
    return cells;
  }

  absl::StatusOr<RecordObservationsResponse> Send(std::vector<Entry> entries) {
    RecordObservationsRequest request;
    request.set_parent(engine_);
    request.set_recorded_by(FullName(flags_.member, "members/*"));
    for (Entry& entry : entries) *request.add_entries() = std::move(entry);
    FillRequestId(request);
    return Call<RecordObservationsResponse>(client_, Path("RecordObservations"), request, flags_.common.timeout);
  }

 private:
  static std::string Path(const char* method) { return std::string(kService) + method; }

  absl::StatusOr<Kpi> ReadKpi(const std::string& name) {
    if (const auto found = kpis_.find(name); found != kpis_.end()) return found->second;
    GetKpiRequest request;
    request.set_name(name);
    ASSIGN_OR_RETURN(Kpi kpi, Call<Kpi>(client_, Path("GetKpi"), request, flags_.common.timeout));
    return kpis_[name] = std::move(kpi);
  }

  absl::StatusOr<std::string> DayBefore(const MissingEntry& entry) {
    absl::CivilDay day;
    if (!absl::ParseCivilTime(entry.day(), &day)) return std::string();
    QuerySeriesRequest request;
    request.set_engine(engine_);
    request.add_kpis(entry.kpi());
    request.set_first_day(absl::FormatCivilTime(day - 1));
    request.set_last_day(request.first_day());
    request.set_granularity(dangol::metrics::v1::DAY);
    ASSIGN_OR_RETURN(const auto response,
                     Call<QuerySeriesResponse>(client_, Path("QuerySeries"), request, flags_.common.timeout));
    const auto& point = response.series(0).points(0);
    if (point.not_applicable() > 0) return std::string("n/a");
    if (point.has_denominator()) return fmt::format("{}/{}", point.numerator(), point.denominator());
    return point.has_value() ? fmt::format("{}", point.value()) : std::string("-");
  }

  const Flags& flags_;
  Client client_;
  const std::string engine_;
  std::map<std::string, Kpi> kpis_;
};

// What is wrong with it as a number of this kind, before it is sent with all the others; empty: nothing.
std::string_view WrongForm(const Kpi& kpi, const Entry& entry, const Words& words) {
  if (entry.state() == dangol::metrics::v1::Observation::NOT_APPLICABLE) return "";
  const bool is_fraction = kpi.kind() == Kpi::AVERAGE || kpi.kind() == Kpi::RATIO;
  if (is_fraction == entry.has_denominator()) return "";
  return is_fraction ? words.two_numbers : words.one_number;
}

// On lines of the terminal.
void Explain(std::string_view text) {
  const size_t width = TerminalWidth();
  Print((width == 0 ? std::string(text) : Wrapped(text, width)) + "\n");
}

// Nothing: the input has ended.
std::optional<Entry> AskFor(const Asked& cell, const std::string& language) {
  const Words& words = WordsIn(language);
  // As in a report: a name does not tell in what money.
  const std::string unit =
      cell.kpi.kind() == Kpi::SUM && !cell.kpi.unit().empty() ? fmt::format(" ({})", cell.kpi.unit()) : "";
  const std::string label =
      fmt::format("{}  {}{} [{}]: ", cell.day, InLanguage(cell.kpi.display_names(), language), unit, cell.before);
  for (std::string line;;) {
    Print(label);
    if (!std::getline(std::cin, line)) return std::nullopt;
    const std::string text(absl::StripAsciiWhitespace(line));
    Entry entry;
    if (text.empty()) return entry;
    entry.set_kpi(cell.kpi.name());
    entry.set_day(cell.day);
    const std::string_view wrong = ReadCell(text, entry) ? WrongForm(cell.kpi, entry, words) : words.help;
    if (wrong.empty()) return entry;
    Explain(wrong);
  }
}

int Enter(const Flags& flags) {
  Asking asking(flags);
  const auto cells = asking.Cells();
  if (!cells.ok()) return Fail(kCommand, cells.status());
  const Words& words = WordsIn(flags.language);
  if (cells->empty()) return Print(fmt::format("{}\n", words.nothing)) ? 0 : 1;
  Explain(words.help);
  Explain(words.before);
  std::vector<Entry> entries;
  for (const Asked& cell : *cells) {
    std::optional<Entry> entry = AskFor(cell, flags.language);
    if (!entry) {
      Print("\n");
      break;
    }
    if (!entry->kpi().empty()) entries.push_back(*std::move(entry));
  }
  if (entries.empty()) return Print(fmt::format("{}\n", words.none_entered)) ? 0 : 1;
  const auto recorded = asking.Send(std::move(entries));
  if (!recorded.ok()) return Fail(kCommand, recorded.status());
  const int left = static_cast<int>(cells->size()) - recorded->observations_size();
  return Print(fmt::format(fmt::runtime(words.entered), recorded->observations_size(), left) + "\n") ? 0 : 1;
}

}  // namespace

Command KpiEnterVerb(CLI::App& parent) {
  CLI::App* app =
      parent.add_subcommand("enter", "Ask for every number that a member has to enter, the oldest day first");
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(*app, flags->common);
  app->add_option("ENGINE", flags->engine, "Its name")->required();
  app->add_option("--member", flags->member, "Who enters them")->required()->type_name("MEMBER");
  AddLanguageFlag(*app, flags->language);
  app->footer(std::string(kEnglish.help));
  return {app, [flags] { return Enter(*flags); }};
}

}  // namespace dangol::cli
