#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <sqlite3.h>

namespace dangol::simulation {

enum class Fault {
  kIoError,  // Fits every counted operation: SQLITE_IOERR_*, or SQLITE_CANTOPEN from xOpen.
  kFull,     // Fits xWrite: SQLITE_FULL.
};

// A machine's disk as SQLite's default VFS: page cache and media kept apart, both in memory.
//
// A new disk is empty and perfect: no fault happens that was not asked for. Everything random is
// drawn from the seed, so equal seeds and equal calls give equal bytes and equal errors.
//
// Counted operations, for operations(), CrashAt() and FailAt(): xOpen, xRead, xWrite, xTruncate,
// xSync, xDelete. Locks, shared memory, xAccess and xFileSize are not counted and never fail by
// plan. Calls of dead connections are not counted either.
//
// The disk promises powersafe overwrite: a write never damages bytes outside of itself. A write
// that fails, or that a crash cuts short, may leave a part of itself ending at a sector boundary.
//
// Not thread safe. Every connection, dead ones too, must be closed before the disk is destroyed.
class MemoryVfs {
 public:
  // Becomes SQLite's default VFS until destroyed, and seeds sqlite3_randomness() anew. Where there are several, each
  // needs a name of its own; the newest is the default.
  explicit MemoryVfs(uint64_t seed, std::string name = "memory-disk");
  ~MemoryVfs();
  MemoryVfs(const MemoryVfs&) = delete;
  MemoryVfs& operator=(const MemoryVfs&) = delete;

  const std::string& name() const { return name_; }

  // The time SQLite sees. SQLite's own sleeps (busy timeout) return at once and move it forward.
  void SetTime(int64_t microseconds_since_epoch) { time_ = microseconds_since_epoch; }
  int64_t time() const { return time_; }

  // Power loss. Until Restart() every call but xClose fails with SQLITE_IOERR and changes nothing.
  // The connections of before stay dead for ever and can still be closed.
  void Crash();
  bool crashed() const { return crashed_; }

  // Brings the machine back after a power loss (which it causes if there was none). Each unsynced
  // write and truncation survives whole, in part or not at all; so does a file whose creation or
  // deletion was not durable. Clears all faults.
  //
  // xSync makes the content and the creation of a file durable. Like SQLite's unix VFS, the first
  // xSync of a journal or log opened with SQLITE_OPEN_CREATE also makes all creations and deletions
  // in its directory durable, as does xDelete with its sync flag.
  void Restart();

  // kill -9: open connections die with their locks and shared memory, the page cache lives on, new
  // connections work at once. Called after CrashAt() struck, the process alone died, not the
  // machine. Faults stay.
  void KillProcess();

  // The `n`th counted operation from now (1 is the next) is a power loss instead.
  void CrashAt(int64_t n) { crash_at_ = operations_ + n; }

  // The first operation which `fault` fits, from the `n`th counted one on, fails once.
  void FailAt(int64_t n, Fault fault) { planned_[Index(fault)].insert(operations_ + n); }

  // Each operation which `fault` fits fails with this probability.
  void SetFaultProbability(Fault fault, double p) { probability_[Index(fault)] = p; }

  // While on, every xWrite fails with SQLITE_FULL.
  void SetDiskFull(bool on) { disk_full_ = on; }

  // While on, every xWrite, xTruncate, xSync and xDelete fails with SQLITE_IOERR_*. A failed xSync,
  // here and by plan, leaves the unsynced writes of its file readable but clean, as Linux does:
  // chance decides which of them the media holds, and no later xSync adds the others.
  void SetIoErrors(bool on) { io_errors_ = on; }

  // Called before each counted operation and each change of a lock in shared memory, but not before its own: what
  // another thread does meanwhile. It may use connections that are not in the middle of a call. Null: nothing.
  void SetMeanwhile(std::function<void()> meanwhile) { meanwhile_ = std::move(meanwhile); }

  // What a backup of all files would hold now.
  using Copy = std::map<std::string, std::vector<unsigned char>>;
  Copy TakeCopy() const;
  // Instead of what is there. No connection is open.
  void PutBack(const Copy& copy);

  // Back to the perfect disk.
  void ClearFaults();

  int64_t operations() const { return operations_; }

  // A hash over all counted operations, their bytes and results. It differs between two runs as
  // soon as they do.
  uint64_t digest() const { return digest_; }

  // The size a reader sees, -1 if there is no such file.
  int64_t FileSize(const std::string& name) const;

  // Bytes held for the named files and for deleted ones that may come back: page cache, media,
  // unsynced writes and shared memory.
  int64_t MemoryUsed() const;

 private:
  enum class Operation { kOpen, kRead, kWrite, kTruncate, kSync, kDelete };
  struct Calls;
  struct File;
  struct Handle;
  struct OpenFile;
  struct SharedMemory;

  static std::size_t Index(Fault fault) { return static_cast<std::size_t>(fault); }

  void DoMeanwhile();
  int Admit(Operation operation);
  bool Strikes(Fault fault);
  int Log(Operation operation, const File* file, int64_t offset, const void* bytes, int64_t size, int result);
  int64_t Random(int64_t limit);
  int64_t TornSize(int64_t offset, int64_t size);
  void ReachMediaByChance(File& file);
  void SyncDirectoryOf(const std::string& name);
  void EndProcess();

  const std::string name_;
  sqlite3_vfs vfs_{};
  std::map<std::string, std::shared_ptr<File>> files_;
  std::map<std::string, std::shared_ptr<File>> deleted_;  // May come back: deletion not durable.
  uint64_t disk_random_;
  uint64_t sqlite_random_;
  int64_t time_ = 0;
  int64_t operations_ = 0;
  uint64_t digest_ = 0;
  int64_t next_file_id_ = 1;
  int64_t process_ = 0;
  bool crashed_ = false;
  int64_t crash_at_ = 0;
  std::array<std::set<int64_t>, 2> planned_;
  std::array<double, 2> probability_{};
  bool disk_full_ = false;
  bool io_errors_ = false;
  std::function<void()> meanwhile_;
  bool in_meanwhile_ = false;
};

}  // namespace dangol::simulation
