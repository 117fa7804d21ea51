#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/command/command.h"
#include "cli/migrate/migration.h"
#include "cli/output/output.h"
#include "cli/output/progress.h"
#include "cli/suite/suite.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"

namespace dangol::cli {
namespace {

constexpr char kPlaceholder[] = "{service}";
constexpr int64_t kBatchRowsMax = 100'000;

struct Flags {
  std::string folder;
  std::string url;
  std::vector<std::string> only;
  bool verify = false;
  int64_t batch_rows = 1000;
  Format format = Format::kTable;
};

using Migrations = std::vector<std::unique_ptr<Migration>>;

// Of one service.
struct Result {
  std::string service;
  std::vector<Comparison> comparisons;
};

struct Speed {
  int64_t rows = 0;  // moved by this run
  absl::Duration time;
};

std::string DatabasePath(const Flags& flags, std::string_view service) {
  return (std::filesystem::path(flags.folder) / fmt::format("{}.db", service)).string();
}

std::string UrlOf(const Flags& flags, std::string_view service) {
  return absl::StrReplaceAll(flags.url, {{kPlaceholder, absl::string_view(service.data(), service.size())}});
}

// Those of --only, or all that have a database in the folder.
absl::StatusOr<std::vector<const service::Definition*>> ServicesToMove(const Flags& flags) {
  std::vector<const service::Definition*> services;
  std::string missing;
  for (const service::Definition* definition : Suite()) {
    if (!flags.only.empty() && std::ranges::count(flags.only, definition->name) == 0) continue;
    const std::string path = DatabasePath(flags, definition->name);
    if (std::filesystem::exists(path)) {
      services.push_back(definition);
    } else if (flags.only.empty()) {
      missing += fmt::format("There is no {}: {} is left out.\n", path, definition->name);
    } else {
      return Error(absl::StatusCode::kNotFound, "NO_DATABASE", fmt::format("There is no {}.", path));
    }
  }
  if (services.empty()) {
    return Error(
        absl::StatusCode::kNotFound, "NO_DATABASE",
        fmt::format("There is no database in {}. Name the folder that the services had as --data.", flags.folder));
  }
  PrintError(missing);
  if (services.size() > 1 && flags.url.find(kPlaceholder) == std::string::npos) {
    return Error(absl::StatusCode::kInvalidArgument, "DATABASE_URL",
                 "Each service has a database of its own: write {service} where its name belongs, such as "
                 "postgresql://db1/dangol_{service}, or name one service with --only.");
  }
  return services;
}

// False: standard error has said of each that cannot be moved why.
bool OpenAll(const Flags& flags, const std::vector<const service::Definition*>& services, Migrations& migrations) {
  bool good = true;
  for (const service::Definition* definition : services) {
    auto migration = Migration::Open(*definition, DatabasePath(flags, definition->name), UrlOf(flags, definition->name),
                                     flags.batch_rows);
    if (!migration.ok()) {
      Fail("migrate", migration.status());
      good = false;
    } else if (flags.verify && (*migration)->state() != MigrationTarget::State::kFinished) {
      Fail("migrate",
           Error(absl::StatusCode::kFailedPrecondition, "MIGRATION_UNFINISHED",
                 fmt::format("{} is not moved to its end. Run this without --verify first.", definition->name)));
      good = false;
    } else {
      migrations.push_back(*std::move(migration));
    }
  }
  return good;
}

absl::StatusOr<Speed> Move(const Migrations& migrations) {
  int64_t total = 0;
  int64_t done = 0;
  for (const auto& migration : migrations) {
    RETURN_IF_ERROR(migration->Begin(absl::Now()));
    ASSIGN_OR_RETURN(const int64_t rows, migration->CountRows());
    ASSIGN_OR_RETURN(const int64_t moved, migration->CountMovedRows());
    total += rows;
    done += moved;
  }
  Progress progress("Moving");
  Speed speed;
  const absl::Time start = absl::Now();
  for (const auto& migration : migrations) {
    while (true) {
      ASSIGN_OR_RETURN(const int64_t rows, migration->MoveBatch());
      if (rows == 0) break;
      speed.rows += rows;
      progress.Show(
          done + speed.rows, total,
          fmt::format("{} of {} rows, {}", ShownCount(done + speed.rows), ShownCount(total), migration->service()));
    }
  }
  speed.time = absl::Now() - start;
  return speed;
}

absl::StatusOr<std::vector<Result>> Compare(const Migrations& migrations) {
  Progress progress("Comparing");
  std::vector<Result> results;
  for (const auto& migration : migrations) {
    progress.Show(0, 0, migration->service());
    ASSIGN_OR_RETURN(std::vector<Comparison> comparisons, migration->CompareRows());
    results.push_back({migration->service(), std::move(comparisons)});
  }
  return results;
}

absl::Status AddHeads(const Migrations& migrations, std::vector<Result>& results) {
  for (size_t i = 0; i < migrations.size(); ++i) {
    ASSIGN_OR_RETURN(results[i].comparisons.emplace_back(), migrations[i]->CompareHead());
  }
  return absl::OkStatus();
}

bool AllEqual(const std::vector<Result>& results) {
  return std::ranges::all_of(
      results, [](const Result& result) { return std::ranges::all_of(result.comparisons, &Comparison::equal); });
}

// Only when all of all is there and the same: a service then finds the others' new feeds as it left the old ones.
absl::Status FinishAll(const Migrations& migrations) {
  std::vector<MovedFeed> moved;
  moved.reserve(migrations.size());
  for (const auto& migration : migrations) moved.push_back(migration->feed());
  for (const auto& migration : migrations) RETURN_IF_ERROR(migration->Finish(moved));
  return absl::OkStatus();
}

std::string Text(const std::vector<Result>& results) {
  constexpr size_t kShownDigits = 16;
  std::vector<std::vector<Cell>> rows;
  for (const Result& result : results) {
    for (const Comparison& one : result.comparisons) {
      rows.push_back({{result.service},
                      {one.table},
                      {ShownCount(one.source.rows)},
                      {ShownCount(one.target.rows)},
                      {one.source.Hex().substr(0, kShownDigits)},
                      one.equal() ? Cell{"✓", Colour::kGood} : Cell{"✗ differs", Colour::kBad}});
    }
  }
  return Table({{"SERVICE"}, {"TABLE"}, {"SQLITE"}, {"POSTGRESQL"}, {"SHA-256", Fit::kWholeIfRoom}, {""}}).Rows(rows);
}

std::string Json(const std::vector<Result>& results) {
  std::string json;
  for (const Result& result : results) {
    for (const Comparison& one : result.comparisons) {
      json += fmt::format(
          R"({{"service":"{}","table":"{}","equal":{},"source":{{"rows":{},"sha256":"{}"}},"target":{{"rows":{},"sha256":"{}"}}}})"
          "\n",
          result.service, one.table, one.equal(), one.source.rows, one.source.Hex(), one.target.rows, one.target.Hex());
    }
  }
  return json;
}

std::string Summary(const Flags& flags, const std::vector<Result>& results, const Speed& speed) {
  std::string text =
      "Every row is the same on both sides, but for columns named incarnation: each feed is a new one.\n";
  if (flags.verify) return text;
  const std::string moved =
      speed.rows == 0
          ? "Nothing was left to move.\n"
          : fmt::format(
                "{} rows were moved in {:.1f} s, {} a second.\n", ShownCount(speed.rows),
                absl::ToDoubleSeconds(speed.time),
                ShownCount(static_cast<int64_t>(static_cast<double>(speed.rows) / absl::ToDoubleSeconds(speed.time))));
  text = moved + text + "Start them with:\n";
  for (const Result& result : results) {
    text += fmt::format("  dangol-{} --database {}\n", result.service, storage::ShownUrl(UrlOf(flags, result.service)));
  }
  return text;
}

absl::StatusOr<bool> MoveAndCompare(const Flags& flags, const Migrations& migrations) {
  Speed speed;
  if (!flags.verify) {
    ASSIGN_OR_RETURN(speed, Move(migrations));
  }
  ASSIGN_OR_RETURN(std::vector<Result> results, Compare(migrations));
  if (AllEqual(results)) {
    if (!flags.verify) RETURN_IF_ERROR(FinishAll(migrations));
    RETURN_IF_ERROR(AddHeads(migrations, results));
  }
  const bool equal = AllEqual(results);
  if (flags.format == Format::kJson) return Print(Json(results)) && equal;
  return Print(Text(results) + (equal ? Summary(flags, results, speed) : "")) && equal;
}

int Run(const Flags& flags) {
  // What went wrong is said once, below; the log has only what an error may not tell.
  SetUpLog("error", LogFormat::kText);
  const auto services = ServicesToMove(flags);
  if (!services.ok()) return Fail("migrate", services.status());
  Migrations migrations;
  if (!OpenAll(flags, *services, migrations)) return 1;
  const absl::StatusOr<bool> equal = MoveAndCompare(flags, migrations);
  if (!equal.ok()) return Fail("migrate", equal.status());
  if (*equal) return 0;
  return Fail("migrate", Error(absl::StatusCode::kDataLoss, "TARGET_DIFFERS",
                               "The databases differ where the table says so. Make the target anew (dropdb, createdb) "
                               "and move all of it."));
}

void AddFlags(CLI::App& app, Flags& flags) {
  std::set<std::string> names;
  for (const service::Definition* definition : Suite()) names.emplace(definition->name);
  app.add_option("DIR", flags.folder, "Folder that the services had as --data")->type_name("")->required();
  app.add_option("URL", flags.url, "postgresql://HOST/NAME, with {service} in it where a service's name belongs")
      ->type_name("")
      ->required()
      ->check([](const std::string& url) {
        return storage::IsShared(url) ? std::string() : "the target is postgresql://HOST/NAME";
      });
  app.add_option("--only", flags.only, "tickets, backlog or metrics, and not the others; may be repeated")
      ->type_name("SERVICE")
      ->allow_extra_args(false)
      ->check(CLI::IsMember(names).description(""));
  app.add_flag("--verify", flags.verify, "Only compare what was moved before with where it came from");
  app.add_option("--batch-rows", flags.batch_rows, "At most so many rows in one transaction")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, kBatchRowsMax).description(""))
      ->capture_default_str();
  AddFormatFlag(app, flags.format);
}

}  // namespace

Command MigrateCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("migrate", "Move the databases from SQLite to PostgreSQL");
  const auto flags = std::make_shared<Flags>();
  AddFlags(*app, *flags);
  app->footer(
      "Each service needs a database of its own, which is there and empty:\n"
      "  createdb dangol_tickets; createdb dangol_backlog; createdb dangol_metrics\n"
      "  dangol migrate data 'postgresql://kim@db1/dangol_{service}'\n"
      "The services are stopped first; their files are only read and stay as they are. Interrupted at any moment, the "
      "same\n"
      "command goes on where it stopped; until it has compared both sides no service starts on the target. Everything "
      "keeps\n"
      "its id and its number; each feed gets a new identity, so whoever follows one from outside begins it anew. "
      "Passwords\n"
      "are best left to ~/.pgpass.");
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
