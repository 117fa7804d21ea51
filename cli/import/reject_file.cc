#include "cli/import/reject_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "fmt/format.h"

#include "cli/import/csv.h"
#include "cli/import/text_input.h"
#include "common/base/error.h"

namespace dangol::cli {
namespace {

// Names that no column of others has.
constexpr std::string_view kColumns[] = {"Reject line", "Reject reason", "Reject text"};

// Of one name; who has so many has another problem.
constexpr int kFilesMax = 1000;

// `complaints.csv.rejects-2.csv`
std::string Numbered(const std::string& path, int number) {
  if (number == 1) return path;
  const std::filesystem::path whole(path);
  return (whole.parent_path() / fmt::format("{}-{}{}", whole.stem().string(), number, whole.extension().string()))
      .string();
}

}  // namespace

bool IsRejectColumn(std::string_view name) {
  return std::find(std::begin(kColumns), std::end(kColumns), name) != std::end(kColumns);
}

bool IsRejectHeader(std::string_view line) {
  if (line.starts_with('"')) line.remove_prefix(1);
  return line.starts_with(kColumns[0]);
}

RejectFile::RejectFile(std::string path, std::vector<std::string> columns)
    : path_(std::move(path)), columns_(std::move(columns)) {}

RejectFile::~RejectFile() { Close().IgnoreError(); }

void RejectFile::Open() {
  const std::string wanted = path_;
  for (int number = 1; number <= kFilesMax && file_ == nullptr; ++number) {
    path_ = Numbered(wanted, number);
    struct stat found {};
    const bool is_device = stat(path_.c_str(), &found) == 0 && !S_ISREG(found.st_mode);
    // What customers say is for nobody but the owner.
    const int descriptor =
        open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (is_device ? 0 : O_EXCL), S_IRUSR | S_IWUSR);
    if (descriptor >= 0) file_ = fdopen(descriptor, "w");
    error_ = file_ == nullptr ? errno : 0;
    if (error_ != 0 && error_ != EEXIST) return;
  }
}

void RejectFile::WriteText(std::string_view text) {
  if (file_ == nullptr) return;
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size() && error_ == 0) error_ = errno;
}

void RejectFile::Write(const std::vector<std::string_view>& fields) { WriteText(CsvLine(fields)); }

void RejectFile::Add(int64_t line, std::string_view reason, const std::vector<std::string>& fields,
                     std::string_view text) {
  if (++count_ == 1) {
    Open();
    WriteText(kUtf8Mark);
    std::vector<std::string_view> header(std::begin(kColumns), std::end(kColumns));
    for (const std::string& column : columns_) {
      // Of a file of rejects.
      if (!IsRejectColumn(column)) header.push_back(column);
    }
    Write(header);
  }
  const std::string number = std::to_string(line);
  std::vector<std::string_view> row = {number, reason, text};
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (IsRejectColumn(columns_[i])) continue;
    row.push_back(i < fields.size() ? std::string_view(fields[i]) : std::string_view());
  }
  Write(row);
}

absl::Status RejectFile::Close() {
  if (file_ != nullptr && std::fclose(std::exchange(file_, nullptr)) != 0 && error_ == 0) error_ = errno;
  if (error_ == 0) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "REJECTS_UNWRITABLE",
               fmt::format("{} cannot be written: {}. --rejects names another file.", path_, std::strerror(error_)));
}

}  // namespace dangol::cli
