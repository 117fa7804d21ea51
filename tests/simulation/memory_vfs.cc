#include "tests/simulation/memory_vfs.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace dangol::simulation {
namespace {

using Bytes = std::vector<unsigned char>;

constexpr int64_t kSectorSize = 512;
constexpr int64_t kPageSize = 4096;
constexpr int64_t kEpochInJulianMilliseconds = 210866760000000;

// splitmix64.
uint64_t NextRandom(uint64_t& state) {
  uint64_t value = state += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

std::string DirectoryOf(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string::npos ? "" : name.substr(0, slash);
}

// A write of `bytes` at `offset`, or the truncation to `offset`.
struct Change {
  bool truncation;
  int64_t offset;
  Bytes bytes;
};

void Apply(Bytes& image, int64_t offset, const void* bytes, int64_t size) {
  if (size == 0) return;
  if (std::ssize(image) < offset + size) image.resize(offset + size);
  std::memcpy(image.data() + offset, bytes, size);
}

void Apply(Bytes& image, const Change& change) {
  if (change.truncation) {
    image.resize(change.offset);
  } else {
    Apply(image, change.offset, change.bytes.data(), std::ssize(change.bytes));
  }
}

}  // namespace

struct MemoryVfs::SharedMemory {
  std::vector<std::unique_ptr<unsigned char[]>> regions;
  int64_t bytes = 0;
};

struct MemoryVfs::File {
  int64_t id = 0;
  bool temporary = false;  // Has no name and never reaches the media.
  bool entry_durable = false;
  Bytes cached{};
  Bytes durable{};
  std::vector<Change> pending{};  // What `cached` has and `durable` has not, oldest first.
  std::vector<Handle*> handles{};
  std::weak_ptr<SharedMemory> shared_memory{};  // Lives as long as a handle maps it.
};

struct MemoryVfs::Handle {
  bool alive() const { return process == vfs.process_; }

  int Read(void* buffer, int size, sqlite3_int64 offset) {
    int result = vfs.Admit(Operation::kRead);
    if (result == SQLITE_OK) {
      const Bytes& cached = file->cached;
      const int64_t there = std::clamp<int64_t>(std::ssize(cached) - offset, 0, size);
      if (there > 0) std::memcpy(buffer, cached.data() + offset, there);
      std::memset(static_cast<char*>(buffer) + there, 0, size - there);
      if (there < size) result = SQLITE_IOERR_SHORT_READ;
    }
    return vfs.Log(Operation::kRead, file.get(), offset, nullptr, size, result);
  }

  int Write(const void* bytes, int size, sqlite3_int64 offset) {
    const int result = vfs.Admit(Operation::kWrite);
    const int64_t written = result == SQLITE_OK ? size : vfs.TornSize(offset, size);
    Apply(file->cached, offset, bytes, written);
    // The media takes a large write page by page, in any order.
    for (int64_t begin = 0; !file->temporary && begin < written; begin += kPageSize) {
      const auto* first = static_cast<const unsigned char*>(bytes) + begin;
      file->pending.push_back({false, offset + begin, Bytes(first, first + std::min(written - begin, kPageSize))});
    }
    return vfs.Log(Operation::kWrite, file.get(), offset, bytes, size, result);
  }

  int Truncate(sqlite3_int64 size) {
    const int result = vfs.Admit(Operation::kTruncate);
    if (result == SQLITE_OK) {
      file->cached.resize(size);
      if (!file->temporary) file->pending.push_back({true, size, {}});
    }
    return vfs.Log(Operation::kTruncate, file.get(), size, nullptr, 0, result);
  }

  int Sync(int /*flags*/) {
    const int result = vfs.Admit(Operation::kSync);
    if (result == SQLITE_OK) {
      for (const Change& change : file->pending) Apply(file->durable, change);
      file->pending.clear();
      file->entry_durable = true;
      if (std::exchange(syncs_directory, false)) vfs.SyncDirectoryOf(name);
    } else if (!vfs.crashed_) {
      vfs.ReachMediaByChance(*file);
    }
    return vfs.Log(Operation::kSync, file.get(), 0, nullptr, 0, result);
  }

  int FileSize(sqlite3_int64* size) {
    *size = std::ssize(file->cached);
    return SQLITE_OK;
  }

  int Lock(int level) {
    if (lock >= level) return SQLITE_OK;
    int others = SQLITE_LOCK_NONE;
    for (const Handle* other : file->handles) {
      if (other != this) others = std::max(others, other->lock);
    }
    const int forbidden = level == SQLITE_LOCK_SHARED     ? SQLITE_LOCK_PENDING
                          : level == SQLITE_LOCK_RESERVED ? SQLITE_LOCK_RESERVED
                                                          : SQLITE_LOCK_SHARED;
    if (others < forbidden) {
      lock = level;
      return SQLITE_OK;
    }
    // A writer that waits for readers to leave keeps new ones out.
    if (lock == SQLITE_LOCK_RESERVED) lock = SQLITE_LOCK_PENDING;
    return SQLITE_BUSY;
  }

  int Unlock(int level) {
    lock = std::min(lock, level);
    return SQLITE_OK;
  }

  int CheckReservedLock(int* reserved) {
    *reserved =
        std::ranges::any_of(file->handles, [](const Handle* handle) { return handle->lock >= SQLITE_LOCK_RESERVED; });
    return SQLITE_OK;
  }

  int FileControl(int operation, void* argument) {
    if (operation != SQLITE_FCNTL_PERSIST_WAL) return SQLITE_NOTFOUND;
    int& value = *static_cast<int*>(argument);  // Negative asks.
    if (value >= 0) persist_wal = value != 0;
    value = persist_wal;
    return SQLITE_OK;
  }

  int ShmMap(int region, int size, int extend, void volatile** memory) {
    if (!shared_memory) shared_memory = file->shared_memory.lock();
    if (!shared_memory) {
      shared_memory = std::make_shared<SharedMemory>();
      file->shared_memory = shared_memory;
    }
    auto& regions = shared_memory->regions;
    while (extend && std::ssize(regions) <= region) {
      regions.push_back(std::make_unique<unsigned char[]>(size));
      shared_memory->bytes += size;
    }
    *memory = region < std::ssize(regions) ? regions[region].get() : nullptr;
    return SQLITE_OK;
  }

  int ShmLock(int first, int count, int flags) {
    vfs.DoMeanwhile();
    if (!alive()) return SQLITE_IOERR;
    const unsigned slots = ((1U << count) - 1) << first;
    if (flags & SQLITE_SHM_UNLOCK) {
      shared_slots &= ~slots;
      exclusive_slots &= ~slots;
      return SQLITE_OK;
    }
    const bool exclusive = flags & SQLITE_SHM_EXCLUSIVE;
    for (const Handle* other : file->handles) {
      if (other == this) continue;
      const unsigned taken = other->exclusive_slots | (exclusive ? other->shared_slots : 0);
      if (taken & slots) return SQLITE_BUSY;
    }
    (exclusive ? exclusive_slots : shared_slots) |= slots;
    return SQLITE_OK;
  }

  int ShmUnmap(int /*delete*/) {
    shared_memory.reset();
    shared_slots = exclusive_slots = 0;
    return SQLITE_OK;
  }

  MemoryVfs& vfs;
  std::shared_ptr<File> file;
  std::string name;
  int64_t process;
  bool syncs_directory;  // Once, at its next xSync.
  int lock = SQLITE_LOCK_NONE;
  bool persist_wal = false;
  // The dead keep theirs: SQLite touches the mapping while it closes a connection.
  std::shared_ptr<SharedMemory> shared_memory{};
  unsigned shared_slots = 0;
  unsigned exclusive_slots = 0;
};

struct MemoryVfs::OpenFile {
  sqlite3_file base;
  Handle* handle;
};

struct MemoryVfs::Calls {
  static const sqlite3_io_methods kMethods;

  static MemoryVfs& Disk(sqlite3_vfs* vfs) { return *static_cast<MemoryVfs*>(vfs->pAppData); }
  static Handle& Of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file)->handle; }

  // xFileControl among them, for SQLite asks it before it opens a journal: the dead must not leave one to the living.
  template <auto method, typename... Arguments>
  static int IfAlive(sqlite3_file* file, Arguments... arguments) {
    return Of(file).alive() ? (Of(file).*method)(arguments...) : SQLITE_IOERR;
  }

  static int Close(sqlite3_file* file) {
    const std::unique_ptr<Handle> handle(&Of(file));
    std::erase(handle->file->handles, handle.get());
    return SQLITE_OK;
  }

  static int SectorSize(sqlite3_file*) { return kSectorSize; }
  static int DeviceCharacteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }
  static void ShmBarrier(sqlite3_file*) {}

  static constexpr int kJournalFlags = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;

  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* opened, int flags, int* flags_out) {
    MemoryVfs& disk = Disk(vfs);
    opened->pMethods = nullptr;
    if (disk.crashed_) return SQLITE_IOERR;
    int result = disk.Admit(Operation::kOpen);
    const bool temporary = name == nullptr || (flags & SQLITE_OPEN_DELETEONCLOSE);
    const std::string key = temporary ? "" : name;
    const auto found = disk.files_.find(key);
    std::shared_ptr<File> file = found == disk.files_.end() ? nullptr : found->second;
    const bool refused = file ? flags & SQLITE_OPEN_EXCLUSIVE : !(flags & SQLITE_OPEN_CREATE);
    if (result == SQLITE_OK && refused) result = SQLITE_CANTOPEN;
    if (result == SQLITE_OK) {
      if (!file) {
        file = std::make_shared<File>(File{.id = disk.next_file_id_++, .temporary = temporary});
        if (!temporary) disk.files_[key] = file;
      }
      const bool journal = flags & kJournalFlags;
      auto* handle = new Handle{.vfs = disk,
                                .file = file,
                                .name = key,
                                .process = disk.process_,
                                .syncs_directory = journal && (flags & SQLITE_OPEN_CREATE)};
      file->handles.push_back(handle);
      reinterpret_cast<OpenFile*>(opened)->handle = handle;
      opened->pMethods = &kMethods;
      if (flags_out != nullptr) *flags_out = flags;
    }
    return disk.Log(Operation::kOpen, file.get(), 0, key.data(), std::ssize(key), result);
  }

  static int Delete(sqlite3_vfs* vfs, const char* name, int sync_directory) {
    MemoryVfs& disk = Disk(vfs);
    if (disk.crashed_) return SQLITE_IOERR;
    int result = disk.Admit(Operation::kDelete);
    const auto found = disk.files_.find(name);
    if (result == SQLITE_OK && found == disk.files_.end()) result = SQLITE_IOERR_DELETE_NOENT;
    if (result == SQLITE_OK) {
      if (found->second->entry_durable) disk.deleted_[name] = found->second;
      disk.files_.erase(found);
      if (sync_directory) disk.SyncDirectoryOf(name);
    }
    return disk.Log(Operation::kDelete, nullptr, 0, name, std::ssize(std::string_view(name)), result);
  }

  static int Access(sqlite3_vfs* vfs, const char* name, int /*flags*/, int* accessible) {
    if (Disk(vfs).crashed_) return SQLITE_IOERR;
    // Like the unix VFS, which takes an empty journal for none.
    *accessible = Disk(vfs).FileSize(name) > 0;
    return SQLITE_OK;
  }

  static int FullPathname(sqlite3_vfs*, const char* name, int size, char* full) {
    sqlite3_snprintf(size, full, "%s", name);
    return std::strcmp(name, full) == 0 ? SQLITE_OK : SQLITE_CANTOPEN;
  }

  static int Randomness(sqlite3_vfs* vfs, int size, char* bytes) {
    std::generate_n(bytes, size, [&] { return static_cast<char>(NextRandom(Disk(vfs).sqlite_random_)); });
    return size;
  }

  static int Sleep(sqlite3_vfs* vfs, int microseconds) {
    Disk(vfs).time_ += microseconds;
    return microseconds;
  }

  static int CurrentTime(sqlite3_vfs* vfs, sqlite3_int64* julian_milliseconds) {
    *julian_milliseconds = kEpochInJulianMilliseconds + Disk(vfs).time_ / 1000;
    return SQLITE_OK;
  }
};

constinit const sqlite3_io_methods MemoryVfs::Calls::kMethods = {
    .iVersion = 2,
    .xClose = Close,
    .xRead = IfAlive<&Handle::Read>,
    .xWrite = IfAlive<&Handle::Write>,
    .xTruncate = IfAlive<&Handle::Truncate>,
    .xSync = IfAlive<&Handle::Sync>,
    .xFileSize = IfAlive<&Handle::FileSize>,
    .xLock = IfAlive<&Handle::Lock>,
    .xUnlock = IfAlive<&Handle::Unlock>,
    .xCheckReservedLock = IfAlive<&Handle::CheckReservedLock>,
    .xFileControl = IfAlive<&Handle::FileControl>,
    .xSectorSize = SectorSize,
    .xDeviceCharacteristics = DeviceCharacteristics,
    .xShmMap = IfAlive<&Handle::ShmMap>,
    .xShmLock = IfAlive<&Handle::ShmLock>,
    .xShmBarrier = ShmBarrier,
    .xShmUnmap = IfAlive<&Handle::ShmUnmap>,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

MemoryVfs::MemoryVfs(uint64_t seed, std::string name)
    : name_(std::move(name)), disk_random_(seed), sqlite_random_(~seed) {
  vfs_.iVersion = 2;
  vfs_.szOsFile = sizeof(OpenFile);
  vfs_.mxPathname = 512;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = Calls::Open;
  vfs_.xDelete = Calls::Delete;
  vfs_.xAccess = Calls::Access;
  vfs_.xFullPathname = Calls::FullPathname;
  vfs_.xRandomness = Calls::Randomness;
  vfs_.xSleep = Calls::Sleep;
  vfs_.xCurrentTimeInt64 = Calls::CurrentTime;
  sqlite3_vfs_register(&vfs_, 1);
  // SQLite asks a VFS for randomness once in a process's life unless told to forget it.
  sqlite3_randomness(0, nullptr);
}

MemoryVfs::~MemoryVfs() { sqlite3_vfs_unregister(&vfs_); }

void MemoryVfs::EndProcess() {
  ++process_;
  for (const auto* files : {&files_, &deleted_}) {
    for (const auto& [name, file] : *files) {
      file->handles.clear();
      file->shared_memory.reset();
    }
  }
}

void MemoryVfs::Crash() {
  EndProcess();
  crashed_ = true;
}

void MemoryVfs::KillProcess() {
  EndProcess();
  crashed_ = false;
}

void MemoryVfs::Restart() {
  EndProcess();
  std::erase_if(files_, [this](const auto& entry) { return !entry.second->entry_durable && Random(2) == 0; });
  for (const auto& [name, file] : deleted_) {
    if (Random(2) == 0) files_.try_emplace(name, file);
  }
  deleted_.clear();
  for (const auto& [name, file] : files_) {
    ReachMediaByChance(*file);
    file->cached = file->durable;
    file->entry_durable = true;
  }
  ClearFaults();
  crashed_ = false;
}

MemoryVfs::Copy MemoryVfs::TakeCopy() const {
  Copy copy;
  for (const auto& [name, file] : files_) copy[name] = file->cached;
  return copy;
}

void MemoryVfs::PutBack(const Copy& copy) {
  EndProcess();
  files_.clear();
  deleted_.clear();
  for (const auto& [name, bytes] : copy) {
    auto file = std::make_shared<File>();
    file->id = next_file_id_++;
    file->entry_durable = true;
    file->cached = file->durable = bytes;
    files_[name] = std::move(file);
  }
}

void MemoryVfs::ClearFaults() {
  crash_at_ = 0;
  planned_ = {};
  probability_ = {};
  disk_full_ = io_errors_ = false;
}

int64_t MemoryVfs::FileSize(const std::string& name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? -1 : std::ssize(found->second->cached);
}

int64_t MemoryVfs::MemoryUsed() const {
  int64_t used = 0;
  for (const auto* files : {&files_, &deleted_}) {
    for (const auto& [name, file] : *files) {
      used += std::ssize(file->cached) + std::ssize(file->durable);
      for (const Change& change : file->pending) used += std::ssize(change.bytes);
      if (const auto shared = file->shared_memory.lock()) used += shared->bytes;
    }
  }
  return used;
}

void MemoryVfs::DoMeanwhile() {
  if (!meanwhile_ || std::exchange(in_meanwhile_, true)) return;
  meanwhile_();
  in_meanwhile_ = false;
}

// Counts an operation; anything but SQLITE_OK is the fault that hits it.
int MemoryVfs::Admit(Operation operation) {
  DoMeanwhile();
  if (crashed_) return SQLITE_IOERR;
  if (++operations_ == crash_at_) {
    Crash();
    return SQLITE_IOERR;
  }
  if (operation == Operation::kWrite && (Strikes(Fault::kFull) || disk_full_)) return SQLITE_FULL;
  const bool changes = operation != Operation::kOpen && operation != Operation::kRead;
  if (!Strikes(Fault::kIoError) && !(io_errors_ && changes)) return SQLITE_OK;
  static constexpr int kIoErrors[] = {SQLITE_CANTOPEN,       SQLITE_IOERR_READ,  SQLITE_IOERR_WRITE,
                                      SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_FSYNC, SQLITE_IOERR_DELETE};
  return kIoErrors[static_cast<int>(operation)];
}

// For an operation which `fault` fits.
bool MemoryVfs::Strikes(Fault fault) {
  std::set<int64_t>& planned = planned_[Index(fault)];
  if (!planned.empty() && *planned.begin() <= operations_) {
    planned.erase(planned.begin());
    return true;
  }
  const double probability = probability_[Index(fault)];
  return probability > 0 && static_cast<double>(NextRandom(disk_random_) >> 11) * 0x1p-53 < probability;
}

int MemoryVfs::Log(Operation operation, const File* file, int64_t offset, const void* bytes, int64_t size, int result) {
  const auto mix = [this](uint64_t word) { digest_ = std::rotl((digest_ ^ word) * 0x9e3779b97f4a7c15, 29); };
  mix(static_cast<uint64_t>(operation));
  mix(file == nullptr ? 0 : file->id);
  mix(offset);
  mix(size);
  mix(result);
  for (int64_t i = 0; bytes != nullptr && i < size; i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, static_cast<const char*>(bytes) + i, std::min<int64_t>(8, size - i));
    mix(word);
  }
  return result;
}

int64_t MemoryVfs::Random(int64_t limit) { return static_cast<int64_t>(NextRandom(disk_random_) % limit); }

// How much of a write is done before it is cut short: none, or up to a sector boundary inside it.
int64_t MemoryVfs::TornSize(int64_t offset, int64_t size) {
  const int64_t first = offset / kSectorSize + 1;
  const int64_t boundaries = std::max<int64_t>(0, (offset + size - 1) / kSectorSize + 1 - first);
  const int64_t chosen = Random(boundaries + 1);
  return chosen == 0 ? 0 : (first + chosen - 1) * kSectorSize - offset;
}

// A random subset suffices: where two changes overlap, to swap them is to lose the newer one.
void MemoryVfs::ReachMediaByChance(File& file) {
  // Drawn once a file, so that "all", "all but one" and "none" happen among many changes too.
  const int64_t kept_of_eight = Random(9);
  for (const Change& change : file.pending) {
    if (Random(8) < kept_of_eight) {
      Apply(file.durable, change);
    } else if (!change.truncation && Random(2) == 0) {
      const int64_t size = std::ssize(change.bytes);
      const int64_t cut = TornSize(change.offset, size);
      const unsigned char* bytes = change.bytes.data();
      if (Random(2) == 0) {
        Apply(file.durable, change.offset, bytes, cut);
      } else {
        Apply(file.durable, change.offset + cut, bytes + cut, size - cut);
      }
    }
  }
  file.pending.clear();
}

void MemoryVfs::SyncDirectoryOf(const std::string& name) {
  const std::string directory = DirectoryOf(name);
  for (const auto& [other, file] : files_) {
    if (DirectoryOf(other) == directory) file->entry_durable = true;
  }
  std::erase_if(deleted_, [&](const auto& entry) { return DirectoryOf(entry.first) == directory; });
}

}  // namespace dangol::simulation
