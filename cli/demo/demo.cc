#include "cli/demo/demo.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>

#include "fmt/format.h"

#include "cli/demo/demo_plan.h"
#include "cli/demo/demo_story.h"
#include "cli/demo/demo_suite.h"
#include "cli/demo/demo_text.h"
#include "common/base/error.h"
#include "common/base/folder_owner.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"

namespace dangol::demo {
namespace {

namespace fs = std::filesystem;

constexpr char kMark[] = "demo.txt";
constexpr char kMarkText[] =
    "This folder holds a demonstration that `dangol up --demo` has made. Nothing in it happened.\n";
constexpr char kUnfinished[] = "unfinished";

absl::Status CannotWrite(const std::string& folder, const std::error_code& error) {
  return Error(absl::StatusCode::kPermissionDenied, "FOLDER_NOT_WRITABLE",
               fmt::format("Cannot write {}: {}. Name another folder with --data.", folder, error.message()));
}

// Nobody has waited for the disk so far.
bool Sync(const fs::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && fsync(file) == 0;
  if (file >= 0) close(file);
  return synced;
}

absl::Status Tell(const std::string& folder, const std::string& language, absl::Time end, uint64_t seed) {
  const DemoText& text = TextOf(language);
  absl::TimeZone zone;
  absl::LoadTimeZone(std::string(text.time_zone), &zone);
  const absl::Time start = absl::FromCivil(absl::ToCivilDay(end, zone) - kDays, zone);
  ASSIGN_OR_RETURN(const std::unique_ptr<DemoSuite> suite, DemoSuite::Open(folder, seed, start));
  Story story(*suite, text, seed, end);
  EnginePart engine(story);
  ChangePart changes(story);
  TicketPart tickets(story, changes);
  engine.Plan();
  changes.Plan();
  tickets.Plan();
  return story.Run();
}

}  // namespace

Folder Look(const std::string& folder) {
  std::error_code ignored;
  if (fs::exists(fs::path(folder) / kMark, ignored)) return Folder::kDemo;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().filename() != kUnfinished) return Folder::kOther;
  }
  return Folder::kEmpty;
}

absl::Status Fill(const std::string& folder, absl::FunctionRef<absl::Status(const std::string& unfinished)> fill) {
  if (Look(folder) != Folder::kEmpty) {
    return Error(
        absl::StatusCode::kFailedPrecondition, "FOLDER_NOT_EMPTY",
        fmt::format("{} has other data, which this mixes with none. Name an empty folder with --data.", folder));
  }
  // Beside its place until it is whole: one that was interrupted is made anew.
  const fs::path unfinished = fs::path(folder) / kUnfinished;
  std::error_code error;
  fs::remove_all(unfinished, error);
  if (!error) error = MakeFolders(unfinished);
  if (error) return CannotWrite(folder, error);
  // What its services say of themselves is nobody's concern.
  const auto level = Log()->level();
  Log()->set_level(spdlog::level::err);
  const absl::Status filled = fill(unfinished.string());
  Log()->set_level(level);
  RETURN_IF_ERROR(filled);
  for (const auto& entry : fs::directory_iterator(unfinished, error)) {
    if (!Sync(entry.path())) error = std::error_code(errno, std::system_category());
    if (!error) fs::rename(entry.path(), fs::path(folder) / entry.path().filename(), error);
  }
  if (!error) fs::remove(unfinished, error);
  if (!error && !Sync(folder)) error = std::error_code(errno, std::system_category());
  return error ? CannotWrite(folder, error) : absl::OkStatus();
}

absl::Status Make(const std::string& folder, const std::string& language, absl::Time end, uint64_t seed) {
  RETURN_IF_ERROR(Fill(folder, [&](const std::string& unfinished) { return Tell(unfinished, language, end, seed); }));
  std::ofstream mark(fs::path(folder) / kMark);
  mark << kMarkText;
  mark.close();
  if (!mark || !Sync(fs::path(folder) / kMark) || !Sync(folder))
    return CannotWrite(folder, std::make_error_code(std::errc::io_error));
  return absl::OkStatus();
}

}  // namespace dangol::demo
