#include "common/storage/sqlite/gathered_log.h"

#include <atomic>
#include <cstddef>
#include <new>
#include <string_view>

#include "fmt/format.h"

namespace dangol::storage {
namespace {

// Below 128 KiB: SQLite's unix driver takes the size of a write modulo that.
constexpr size_t kGatheredMost = 126 << 10;

// What SQLite takes for the open log. The other VFS's file stands behind it in memory.
struct LogFile : sqlite3_file {
  sqlite3_file* file;
  sqlite3_int64 offset = 0;  // of what was gathered
  std::string gathered{};

  int Flush() {
    if (gathered.empty()) return SQLITE_OK;
    const int code = file->pMethods->xWrite(file, gathered.data(), static_cast<int>(gathered.size()), offset);
    gathered.clear();
    return code;
  }

  int Write(const void* bytes, int size, sqlite3_int64 at) {
    const auto length = static_cast<size_t>(size);
    const auto end = offset + static_cast<sqlite3_int64>(gathered.size());
    if (at != end || gathered.size() + length > kGatheredMost) {
      if (const int code = Flush(); code != SQLITE_OK) return code;
    }
    if (gathered.empty()) offset = at;
    gathered.append(static_cast<const char*>(bytes), length);
    return SQLITE_OK;
  }
};

// Behind LogFile, where any object may stand.
constexpr size_t kLogFileBytes =
    (sizeof(LogFile) + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) * alignof(std::max_align_t);

LogFile& Log(sqlite3_file* file) { return *static_cast<LogFile*>(file); }

// Calls the other VFS's file, which has everything that was written.
template <auto method, typename... Arguments>
int Flushed(sqlite3_file* file, Arguments... arguments) {
  LogFile& log = Log(file);
  const int code = log.Flush();
  return code == SQLITE_OK ? (log.file->pMethods->*method)(log.file, arguments...) : code;
}

// Calls it whatever it has.
template <auto method, typename... Arguments>
int Passed(sqlite3_file* file, Arguments... arguments) {
  sqlite3_file* other = Log(file).file;
  return (other->pMethods->*method)(other, arguments...);
}

// What was not synced belongs to no commit.
int Close(sqlite3_file* file) {
  LogFile& log = Log(file);
  const int code = log.file->pMethods->xClose(log.file);
  log.~LogFile();
  return code;
}

int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  return Log(file).Write(bytes, size, offset);
}

constexpr sqlite3_io_methods kMethods = {
    .iVersion = 1,
    .xClose = Close,
    .xRead = Flushed<&sqlite3_io_methods::xRead>,
    .xWrite = Write,
    .xTruncate = Flushed<&sqlite3_io_methods::xTruncate>,
    .xSync = Flushed<&sqlite3_io_methods::xSync>,
    .xFileSize = Flushed<&sqlite3_io_methods::xFileSize>,
    .xLock = Passed<&sqlite3_io_methods::xLock>,
    .xUnlock = Passed<&sqlite3_io_methods::xUnlock>,
    .xCheckReservedLock = Passed<&sqlite3_io_methods::xCheckReservedLock>,
    .xFileControl = Passed<&sqlite3_io_methods::xFileControl>,
    .xSectorSize = Passed<&sqlite3_io_methods::xSectorSize>,
    .xDeviceCharacteristics = Passed<&sqlite3_io_methods::xDeviceCharacteristics>,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

std::string NewName(std::string_view of) {
  static std::atomic<int64_t> made = 0;
  return fmt::format("{}-gathered-{}", of, ++made);
}

}  // namespace

struct GatheredLog::Vfs : sqlite3_vfs {
  // A copy, with the same pAppData: so each of the other's functions but xOpen may be called with this.
  explicit Vfs(sqlite3_vfs& vfs) : sqlite3_vfs(vfs), other(vfs) {
    szOsFile = static_cast<int>(kLogFileBytes) + vfs.szOsFile;
    xOpen = [](sqlite3_vfs* self, const char* path, sqlite3_file* file, int flags, int* flags_out) {
      sqlite3_vfs& wrapped = static_cast<Vfs*>(self)->other;
      if ((flags & SQLITE_OPEN_WAL) == 0) return wrapped.xOpen(&wrapped, path, file, flags, flags_out);
      auto* behind = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kLogFileBytes);
      const int code = wrapped.xOpen(&wrapped, path, behind, flags, flags_out);
      file->pMethods = nullptr;
      if (code != SQLITE_OK) {
        if (behind->pMethods != nullptr) behind->pMethods->xClose(behind);
        return code;
      }
      new (file) LogFile{{.pMethods = &kMethods}, behind};
      return SQLITE_OK;
    };
  }

  sqlite3_vfs& other;
};

GatheredLog::GatheredLog(const std::string& vfs)
    : name_(NewName(vfs)), vfs_(new Vfs(*sqlite3_vfs_find(vfs.empty() ? nullptr : vfs.c_str()))) {
  vfs_->zName = name_.c_str();
  sqlite3_vfs_register(vfs_.get(), 0);
}

GatheredLog::~GatheredLog() { sqlite3_vfs_unregister(vfs_.get()); }

}  // namespace dangol::storage
