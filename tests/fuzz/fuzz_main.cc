// Feeds a target with inputs until its time is over. It knows which ways through the code were taken, and goes on from
// inputs that took new ones. The same seed makes the same inputs, but for what threads and time change.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/stubs/logging.h"

#include "tests/fuzz/coverage.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutation.h"

// What a sanitizer must not stay silent about, and what is too much for one input.
extern "C" const char* __asan_default_options() {
  return "max_allocation_size_mb=512:allocator_may_return_null=0:abort_on_error=1:detect_leaks=1";
}
extern "C" const char* __ubsan_default_options() { return "print_stacktrace=1:halt_on_error=1"; }

namespace dangol::fuzz {
namespace {

constexpr char kUsage[] = R"(usage: dangol_fuzz TARGET CORPUS [SECONDS SEED CURRENT]

Feeds TARGET (envelope, json, http, jwt, cookie) with each file of the folder CORPUS/TARGET, and then, for SECONDS,
with what it makes of them. CURRENT is a file in which the input that is being read always stands: after an end with
an error it is what did it. Exit code: 0 nothing was found, 2 wrong usage; what is found ends the program.
)";
constexpr unsigned kInputSeconds = 20;
constexpr size_t kCurrentBytes = 1 << 20;

const std::map<std::string, Target (*)()> kTargets = {{"envelope", EnvelopeTarget},
                                                      {"json", JsonTarget},
                                                      {"http", HttpTarget},
                                                      {"jwt", JwtTarget},
                                                      {"cookie", CookieTarget}};

// In memory that outlives the process: eight bytes of length, and the input.
class CurrentInput {
 public:
  explicit CurrentInput(const std::string& path) {
    if (path.empty()) return;
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    Require(file >= 0 && ftruncate(file, kCurrentBytes) == 0, "the file of the current input can be written");
    place_ = static_cast<char*>(mmap(nullptr, kCurrentBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    Require(place_ != MAP_FAILED, "the file of the current input can be mapped");
    close(file);
  }
  void Set(std::string_view input) {
    if (place_ == nullptr) return;
    const uint64_t size = std::min(input.size(), kCurrentBytes - sizeof(uint64_t));
    std::memcpy(place_, &size, sizeof(size));
    std::memcpy(place_ + sizeof(size), input.data(), size);
  }

 private:
  char* place_ = nullptr;
};

class Fuzzer {
 public:
  Fuzzer(Target target, CurrentInput current, uint64_t seed)
      : target_(std::move(target)), current_(current), random_(seed) {}

  void ReadCorpus(const std::string& folder) {
    std::vector<std::filesystem::path> files(std::filesystem::directory_iterator(folder), {});
    std::ranges::sort(files);
    for (const std::filesystem::path& path : files) {
      std::ifstream file(path, std::ios::binary);
      corpus_.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
      Run(corpus_.back());
    }
    Require(!corpus_.empty(), "the corpus has files");
  }
  void RunFor(std::chrono::seconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
      std::string input = Mutated(corpus_, random_);
      if (Run(input)) corpus_.push_back(std::move(input));
    }
  }
  std::string Summary() const {
    return fmt::format("{} inputs, {} of them in the corpus, {} ways through the code", inputs_, corpus_.size(),
                       KnownWays());
  }

 private:
  // True: it took a new way.
  bool Run(const std::string& input) {
    ++inputs_;
    current_.Set(input);
    ForgetTrace();
    alarm(kInputSeconds);
    target_(input);
    alarm(0);
    return TookNewWay();
  }

  const Target target_;
  CurrentInput current_;
  std::mt19937_64 random_;
  std::vector<std::string> corpus_;
  int64_t inputs_ = 0;
};

bool ReadNumber(std::string_view text, uint64_t& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

int Main(const std::vector<std::string>& arguments) {
  uint64_t seconds = 0;
  uint64_t seed = 1;
  const bool once = arguments.size() == 2;
  const bool complete = arguments.size() == 5 && ReadNumber(arguments[2], seconds) && ReadNumber(arguments[3], seed);
  const auto target = (once || complete) ? kTargets.find(arguments[0]) : kTargets.end();
  if (target == kTargets.end()) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  // Such as a text that is no UTF-8, in a message that another program could not read.
  google::protobuf::SetLogHandler([](google::protobuf::LogLevel level, const char*, int, const std::string& message) {
    if (level >= google::protobuf::LOGLEVEL_ERROR) Require(false, message.c_str());
  });
  Fuzzer fuzzer(target->second(), CurrentInput(once ? "" : arguments[4]), seed);
  fuzzer.ReadCorpus(fmt::format("{}/{}", arguments[1], target->first));
  fuzzer.RunFor(std::chrono::seconds(seconds));
  if (!once) std::filesystem::remove(arguments[4]);
  fmt::print("{}: {}\n", target->first, fuzzer.Summary());
  return 0;
}

}  // namespace
}  // namespace dangol::fuzz

int main(int argc, char** argv) { return dangol::fuzz::Main({argv + 1, argv + argc}); }
