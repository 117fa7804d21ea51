#include "common/storage/sqlite/sqlite_database.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string_view>
#include <system_error>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/folder_owner.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/storage/sqlite/mapped_read.h"
#include "common/storage/sqlite/sqlite_connection.h"
#include "common/storage/sqlite/sqlite_writer.h"

namespace dangol::storage {
namespace {

constexpr int64_t kReaderCacheBytes = 16 << 20;
// Readers have so much of the database mapped into memory, and read the rest; 2 GiB is what Debian's SQLite allows.
constexpr int64_t kMappedBytes = int64_t{2} << 30;
// Instructions of SQLite's machine between two looks at the clock.
constexpr int kProgressInstructions = 2000;
// As many symbolic links as Linux follows.
constexpr int kLinksMost = 40;

// SQLite counts what it allocates under one lock of the process, which reader and writer then wait for at every
// statement. It can be told only before its first use; a program that has used it before, as the simulation has for its
// disk, keeps the count.
void LeaveMemoryUncounted() {
  static std::once_flag once;
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

class SqliteReader : public ReadConnection, public Snapshot {
 public:
  // `path`: without symbolic links.
  SqliteReader(std::unique_ptr<SqliteConnection> connection, std::string path, Runtime& runtime)
      : connection_(std::move(connection)), path_(std::move(path)), runtime_(runtime) {
    sqlite3_progress_handler(
        connection_->handle(), kProgressInstructions,
        [](void* self) {
          auto* reader = static_cast<SqliteReader*>(self);
          return reader->runtime_.SteadyNow() > reader->limit_ ? 1 : 0;
        },
        this);
  }

  absl::StatusOr<Snapshot*> Begin(absl::Duration limit) override {
    limit_ = runtime_.SteadyNow() + limit;
    RETURN_IF_ERROR(connection_->Execute("BEGIN", {}));
    return this;
  }

  void End() override {
    limit_ = absl::InfiniteFuture();
    if (sqlite3_get_autocommit(connection_->handle()) == 0) connection_->Execute("ROLLBACK", {}).IgnoreError();
  }

  bool broken() const override { return connection_->broken(); }

 private:
  absl::Status Query(Sql sql, Params params, absl::FunctionRef<void(const Row&)> each) override {
    if (runtime_.SteadyNow() > limit_) return connection_->Translate(SQLITE_INTERRUPT, sql.text());
    const MappedRead read(path_.c_str());
    const absl::Status status = connection_->Query(sql, params, each);
    mapping_is_void_ = mapping_is_void_ || read.failed();
    return mapping_is_void_ ? connection_->Translate(SQLITE_IOERR_READ, sql.text()) : status;
  }

  const std::unique_ptr<SqliteConnection> connection_;
  const std::string path_;
  Runtime& runtime_;
  absl::Time limit_ = absl::InfiniteFuture();
  // Zeros stand where a page could not be read; any query may meet them, also one in the middle of which another one
  // made them.
  bool mapping_is_void_ = false;
};

absl::Status PathError(absl::StatusCode code, const std::string& path, std::string_view problem) {
  return Error(code, "DATABASE_PATH", fmt::format("{}: {}", path, problem));
}

int RewriteContent(sqlite3_file* file) {
  sqlite3_int64 size = 0;
  int code = file->pMethods->xFileSize(file, &size);
  // SQLite's own writes are a page at most, and its unix driver takes the size modulo 128 KiB.
  std::vector<char> buffer(64 << 10);
  for (sqlite3_int64 offset = 0; code == SQLITE_OK && offset < size;
       offset += static_cast<sqlite3_int64>(buffer.size())) {
    const int bytes =
        static_cast<int>(std::min<sqlite3_int64>(size - offset, static_cast<sqlite3_int64>(buffer.size())));
    code = file->pMethods->xRead(file, buffer.data(), bytes, offset);
    if (code == SQLITE_OK) code = file->pMethods->xWrite(file, buffer.data(), bytes, offset);
  }
  return code == SQLITE_OK ? file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) : code;
}

absl::Status RewriteError(int code, const std::string& path) {
  Log()->warn("sqlite error {} while {} was written anew", code, path);
  return WithRetry(Error(absl::StatusCode::kUnavailable, "STORAGE_IO_ERROR",
                         "The disk failed: nothing can be stored until it recovers."),
                   absl::Seconds(1));
}

// Writes what the file holds into it again and syncs it, through SQLite's own door to the disk. A missing file is no
// error.
absl::Status RewriteFile(const std::string& path, const std::string& vfs_name) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(vfs_name.empty() ? nullptr : vfs_name.c_str());
  int exists = 0;
  int code = vfs->xAccess(vfs, path.c_str(), SQLITE_ACCESS_EXISTS, &exists);
  if (code != SQLITE_OK) return RewriteError(code, path);
  if (exists == 0) return absl::OkStatus();
  std::vector<char> memory(static_cast<size_t>(vfs->szOsFile));
  auto* file = reinterpret_cast<sqlite3_file*>(memory.data());
  code = vfs->xOpen(vfs, path.c_str(), file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, nullptr);
  if (code == SQLITE_OK) code = RewriteContent(file);
  if (file->pMethods != nullptr) file->pMethods->xClose(file);
  return code == SQLITE_OK ? absl::OkStatus() : RewriteError(code, path);
}

// For an operator, who needs to know which file it is.
absl::Status AtPath(const absl::Status& status, const std::string& path) {
  return Error(status.code(), ErrorReason(status), fmt::format("{}: {}", path, std::string(status.message())));
}

absl::Status Unwritable(const std::string& path, int error) {
  return PathError(absl::StatusCode::kPermissionDenied, path,
                   fmt::format("cannot be written ({}). Check the folder's owner and mode.", std::strerror(error)));
}

// Where the file is or will be, without symbolic links: all who lead there get the same lock and the same log, which
// SQLite has beside the file itself. Folders that links name are not made.
absl::StatusOr<std::string> Resolve(const std::filesystem::path& path) {
  std::filesystem::path file = path;
  for (int links = 0; links <= kLinksMost; ++links) {
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::canonical(FolderOf(file), error);
    if (error) return Unwritable(file.string(), error.value());
    file = folder / file.filename();
    const std::filesystem::path target = std::filesystem::read_symlink(file, error);
    if (error) return file.string();  // which is no link, or is not there
    file = folder / target;
  }
  return Unwritable(path.string(), ELOOP);
}

// A database that is not there yet is made for its owner alone, whatever the process leaves open to others; what stands
// beside it gets its mode from it. Before anything opens it: to close a file lets go of all locks on it.
absl::Status MakePrivate(const std::string& path) {
  const int descriptor = MakeFile(path, 0600);
  if (descriptor >= 0) close(descriptor);
  if (descriptor >= 0 || errno == EEXIST) return absl::OkStatus();
  return Unwritable(path, errno);
}

// Behind the magic word: how the file is written and read, 1 by a rollback journal, 2 by a log.
constexpr std::string_view kMagic("SQLite format 3\0", 16);
constexpr size_t kHeaderBytes = 20;
constexpr size_t kWriteVersionByte = 18;
constexpr size_t kReadVersionByte = 19;

// An empty file is no database yet.
bool IsMissing(const std::string& path) {
  std::error_code error;
  return std::filesystem::file_size(path, error) == 0 || error;
}

// The beginning of the database's file, as far as it goes. While nothing has the file open: to close it lets go of all
// locks on it.
std::string ReadHeader(const std::string& path) {
  std::string header(kHeaderBytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(header.data(), static_cast<std::streamsize>(header.size()));
  header.resize(static_cast<size_t>(file.gcount()));
  return header;
}

// A log is only written once the header of its database, stored and synced, says that there is one. So what stands in a
// log beside another database is not of that one, and SQLite would move it there.
absl::Status CheckLogBelongs(const std::string& path) {
  const std::string log = path + "-wal";
  if (IsMissing(log)) return absl::OkStatus();
  if (IsMissing(path)) {
    return PathError(absl::StatusCode::kFailedPrecondition, path,
                     fmt::format("there is no database, but {} has what was not moved into it yet. Put it back beside "
                                 "that file; or, for another one, move that file away.",
                                 log));
  }
  const std::string header = ReadHeader(path);
  if (header.size() < kHeaderBytes || !header.starts_with(kMagic) || header[kWriteVersionByte] != 1 ||
      header[kReadVersionByte] != 1) {
    return absl::OkStatus();
  }
  return PathError(
      absl::StatusCode::kFailedPrecondition, path,
      fmt::format("this is a copy, such as VACUUM INTO makes, and {0}-wal is of the database that was here "
                  "before. Nothing was changed. Remove {0}-wal and {0}-shm, then start again.",
                  path));
}

// The descriptor of the locked file.
absl::StatusOr<int> LockFile(const std::string& path) {
  const int descriptor = OpenOrMakeFile(path, 0600);
  if (descriptor < 0) return Unwritable(path, errno);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    char owner[32] = {};
    const ssize_t size = pread(descriptor, owner, sizeof(owner) - 1, 0);
    close(descriptor);
    return PathError(absl::StatusCode::kFailedPrecondition, path,
                     fmt::format("the database is in use by process {}. Stop it, or use another folder.",
                                 size > 0 ? std::string_view(owner, static_cast<size_t>(size)) : "(unknown)"));
  }
  // For the message above only: that it is locked does not depend on what it says.
  const std::string pid = std::to_string(getpid());
  if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, pid.data(), pid.size(), 0) < 0) {
    close(descriptor);
    return PathError(absl::StatusCode::kUnavailable, path, "cannot be written: is the disk full?");
  }
  return descriptor;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> SqliteDatabase::Open(const std::string& path, DatabaseOptions options) {
  LeaveMemoryUncounted();
  int lock_descriptor = -1;
  std::string file = path;  // in the simulation it has no folder
  if (options.lock_file) {
    if (!options.make && IsMissing(path)) {
      return PathError(absl::StatusCode::kFailedPrecondition, path,
                       "there is no database. Check --data or --database.");
    }
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (const std::error_code error = MakeFolders(folder)) {
      return PathError(
          absl::StatusCode::kPermissionDenied, folder.string(),
          fmt::format("the folder cannot be made ({}). Check the path, and the owner and mode of the folder above.",
                      error.message()));
    }
    ASSIGN_OR_RETURN(file, Resolve(path));
    ASSIGN_OR_RETURN(lock_descriptor, LockFile(file + ".lock"));
    absl::Status status = CheckLogBelongs(file);
    if (status.ok()) status = MakePrivate(file);
    if (!status.ok()) {
      close(lock_descriptor);
      return status;
    }
  }
  return std::unique_ptr<Database>(new SqliteDatabase(std::move(file), options, lock_descriptor));
}

SqliteDatabase::~SqliteDatabase() {
  if (lock_descriptor_ >= 0) close(lock_descriptor_);
}

absl::StatusOr<std::unique_ptr<WriteConnection>> SqliteDatabase::OpenWriter() {
  auto writer = SqliteWriter::Open(path_, options_);
  if (!writer.ok()) return AtPath(writer.status(), path_);
  return std::unique_ptr<WriteConnection>(*std::move(writer));
}

absl::StatusOr<std::unique_ptr<ReadConnection>> SqliteDatabase::OpenReader() {
  ASSIGN_OR_RETURN(auto connection, SqliteConnection::Open(path_, options_.vfs, kReaderCacheBytes));
  // The second one reads the database, which opens what it shares with the writer.
  RETURN_IF_ERROR(connection->RunScript("PRAGMA query_only = ON; PRAGMA schema_version;"));
  std::error_code not_a_file;  // in the simulation
  const std::filesystem::path path = std::filesystem::canonical(path_, not_a_file);
  if (!not_a_file) RETURN_IF_ERROR(connection->RunScript(fmt::format("PRAGMA mmap_size = {};", kMappedBytes)));
  return std::unique_ptr<ReadConnection>(new SqliteReader(std::move(connection), path.string(), *options_.runtime));
}

absl::StatusOr<std::unique_ptr<WriteConnection>> SqliteDatabase::Recover() {
  // A sync that failed may have left frames in the log which the system shows but has not stored and will not store by
  // itself. What is appended behind them, or moved from them into the database, would be torn by a loss of power. So
  // the log is written and synced anew before anything else. Then it is moved into the database as a whole, and begun
  // again, unless somebody reads: it may go on as it is (README.md).
  RETURN_IF_ERROR(RewriteFile(path_ + "-wal", options_.vfs));
  auto writer = SqliteWriter::Open(path_, options_);
  absl::Status status = writer.status();
  if (status.ok()) status = (*writer)->MoveLog();
  if (!status.ok()) return AtPath(status, path_);
  return std::unique_ptr<WriteConnection>(*std::move(writer));
}

absl::StatusOr<PageReport> SqliteDatabase::CheckPages() {
  ASSIGN_OR_RETURN(auto connection, SqliteConnection::Open(path_, options_.vfs, kReaderCacheBytes));
  PageReport report;
  // Where the damage ends a check by an error, what it has found so far stays, and the next one is made.
  const auto check = [&](Sql sql, absl::FunctionRef<void(const Row&)> each) -> absl::Status {
    const absl::Status status = connection->Query(sql, {}, each);
    if (!absl::IsDataLoss(status)) return status;
    report.problems.push_back(fmt::format("{} ended early: {}", sql.text(), std::string(status.message())));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(check("PRAGMA page_count", [&](const Row& row) { report.pages = row.Integer(0); }));
  RETURN_IF_ERROR(check("PRAGMA integrity_check(100)", [&](const Row& row) {
    if (row.Bytes(0) != "ok") report.problems.push_back(row.Text(0));
  }));
  RETURN_IF_ERROR(check("PRAGMA foreign_key_check", [&](const Row& row) {
    report.problems.push_back(
        fmt::format("row {} of {} refers to a missing row of {}", row.Integer(1), row.Text(0), row.Text(2)));
  }));
  return report;
}

int64_t SqliteDatabase::SizeBytes() const {
  struct stat file {};
  return stat(path_.c_str(), &file) == 0 ? file.st_size : 0;
}

}  // namespace dangol::storage
