#include "common/storage/sqlite/mapped_read.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <mutex>

namespace dangol::storage {
namespace {

constinit thread_local MappedRead* innermost = nullptr;
struct sigaction action_before;
uintptr_t page_bytes;

// What follows runs in the handler of a signal: system calls, and functions that POSIX allows there.

uintptr_t TakeHex(const char*& text) {
  uintptr_t value = 0;
  for (;; ++text) {
    if (*text >= '0' && *text <= '9') {
      value = value * 16 + static_cast<uintptr_t>(*text - '0');
    } else if (*text >= 'a' && *text <= 'f') {
      value = value * 16 + static_cast<uintptr_t>(*text - 'a' + 10);
    } else {
      return value;
    }
  }
}

// A line of /proc/self/maps: `7f00-7f80 r--s 00000000 fe:01 1234    /path`, with no slash before the path.
bool Covers(const char* line, uintptr_t address, const char* path) {
  const uintptr_t begin = TakeHex(line);
  ++line;
  const uintptr_t end = TakeHex(line);
  if (address < begin || address >= end) return false;
  const char* mapped = std::strchr(line, '/');
  return mapped != nullptr && std::strcmp(mapped, path) == 0;
}

// Other files are mapped, too; zeros in the index of SQLite's log would harm everybody.
bool IsMapped(uintptr_t address, const char* path) {
  const int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (maps < 0) return false;
  char line[PATH_MAX + 128];
  size_t length = 0;
  char some[1024];
  bool found = false;
  ssize_t bytes = 0;
  while (!found && (bytes = read(maps, some, sizeof(some))) > 0) {
    for (ssize_t i = 0; i < bytes && !found; ++i) {
      if (some[i] != '\n') {
        if (length < sizeof(line) - 1) line[length++] = some[i];
        continue;
      }
      line[length] = '\0';
      length = 0;
      found = Covers(line, address, path);
    }
  }
  close(maps);
  return found;
}

bool ReplaceByZeros(uintptr_t address) {
  void* const page = reinterpret_cast<void*>(address & ~(page_bytes - 1));
  return mmap(page, page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page;
}

void OnBusError(int signal, siginfo_t* info, void*) {
  const int error = errno;
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  if (innermost != nullptr && IsMapped(address, innermost->path()) && ReplaceByZeros(address)) {
    innermost->Fail();
  } else {
    sigaction(signal, &action_before, nullptr);  // and the instruction is tried again
  }
  errno = error;
}

void HandleBusErrors() {
  static std::once_flag once;
  std::call_once(once, [] {
    page_bytes = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    struct sigaction action {};
    action.sa_sigaction = OnBusError;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &action_before);
  });
}

}  // namespace

MappedRead::MappedRead(const char* path) : path_(path), outer_(innermost) {
  HandleBusErrors();
  innermost = this;
}

MappedRead::~MappedRead() { innermost = outer_; }

}  // namespace dangol::storage
