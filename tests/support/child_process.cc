#include "tests/support/child_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // glibc 2.36 forgot it in this header
#include <sys/pidfd.h>
}

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "absl/time/clock.h"

namespace dangol::testing {
namespace {

// How often the files are looked at while a text is waited for: nothing tells of their growth.
constexpr absl::Duration kLookInterval = absl::Milliseconds(5);
constexpr int kPorts = 10;
// Linux gives ports away from 32768 on.
constexpr int kFirstPort = 10'000;
constexpr int kLastPort = 32'000;

// A test that cannot start its child has nothing to say.
[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::abort();
}

// Files, not pipes: a child whose pipe is full would wait for the test.
int NewFile(const char* name) {
  const int file = memfd_create(name, MFD_CLOEXEC);
  if (file < 0) Fail("memfd_create");
  // Else what two processes write would overwrite each other.
  if (fcntl(file, F_SETFL, O_APPEND) != 0) Fail("fcntl");
  return file;
}

std::string Contents(int file) {
  std::string text;
  char buffer[16 << 10];
  ssize_t count = 0;
  while ((count = pread(file, buffer, sizeof(buffer), static_cast<off_t>(text.size()))) > 0) {
    text.append(buffer, static_cast<size_t>(count));
  }
  return text;
}

int InputFile(const std::string& input) {
  const int file = NewFile("stdin");
  if (write(file, input.data(), input.size()) != static_cast<ssize_t>(input.size())) Fail("write");
  if (lseek(file, 0, SEEK_SET) != 0) Fail("lseek");
  return file;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const std::vector<std::string>& added) {
  std::vector<std::string> all = added;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view name = std::string_view(*entry).substr(0, std::string_view(*entry).find('=') + 1);
    const bool replaced =
        std::any_of(added.begin(), added.end(), [&](const std::string& one) { return one.starts_with(name); });
    if (!replaced) all.emplace_back(*entry);
  }
  return all;
}

bool PortIsFree(int port) {
  const int socket_file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_file < 0) Fail("socket");
  const int on = 1;
  setsockopt(socket_file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = bind(socket_file, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(socket_file);
  return bound;
}

// For poll; what is longer is waited for in parts.
int PollMilliseconds(absl::Duration time) {
  const absl::Duration part = std::clamp(time, absl::ZeroDuration(), absl::Minutes(1));
  return static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(part, absl::Milliseconds(1))));
}

}  // namespace

ChildProcess::ChildProcess(const std::string& program, const std::vector<std::string>& arguments,
                           const ChildOptions& options)
    : output_file_(NewFile("stdout")), errors_file_(NewFile("stderr")) {
  const int input_file = InputFile(options.input);
  std::vector<std::string> words = arguments;
  words.insert(words.begin(), program);
  const std::vector<std::string> environment = Environment(options.environment);
  const std::vector<char*> word_pointers = Pointers(words);
  const std::vector<char*> environment_pointers = Pointers(environment);
  const pid_t parent = getpid();

  pid_ = fork();
  if (pid_ < 0) Fail("fork");
  if (pid_ == 0) {
    // Other threads of the test may hold locks: only what is safe in a signal handler, up to the new program.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);  // it died before the line above
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    for (int signal : {SIGPIPE, SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
    dup2(input_file, STDIN_FILENO);
    dup2(output_file_, STDOUT_FILENO);
    dup2(errors_file_, STDERR_FILENO);
    // A socket of the test that lives on in a child would keep its port.
    close_range(3, ~0U, 0);
    if (options.folder.empty() || chdir(options.folder.c_str()) == 0) {
      execve(word_pointers[0], word_pointers.data(), environment_pointers.data());
    }
    const char* reason = strerrordesc_np(errno);
    for (const char* part : {"cannot be started: ", reason, "\n"}) {
      if (write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
    }
    _exit(127);
  }

  close(input_file);
  pid_file_ = pidfd_open(pid_, 0);
  if (pid_file_ < 0) Fail("pidfd_open");
}

ChildProcess::~ChildProcess() {
  Kill();
  for (int file : {output_file_, errors_file_, pid_file_}) close(file);
}

void ChildProcess::Signal(int signal) {
  // By descriptor: never another process that has got the number since.
  if (!code_) pidfd_send_signal(pid_file_, signal, nullptr, 0);
}

void ChildProcess::Kill() {
  Signal(SIGKILL);
  Wait(absl::InfiniteDuration());
}

std::optional<int> ChildProcess::Wait(absl::Duration time) {
  const absl::Time end = absl::Now() + time;
  while (!code_) {
    const absl::Duration left = end - absl::Now();
    pollfd ended{pid_file_, POLLIN, 0};
    if (poll(&ended, 1, PollMilliseconds(left)) <= 0) {
      if (left <= absl::ZeroDuration()) return std::nullopt;
      continue;
    }
    int state = 0;
    if (waitpid(pid_, &state, 0) != pid_) Fail("waitpid");
    code_ = WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
  }
  return code_;
}

bool ChildProcess::WaitForText(std::string_view text, absl::Duration time) {
  const absl::Time end = absl::Now() + time;
  while (true) {
    // Before the look: what it wrote before its end must be found.
    const bool last = Wait(std::min(kLookInterval, end - absl::Now())).has_value() || absl::Now() >= end;
    if (output().find(text) != std::string::npos || errors().find(text) != std::string::npos) return true;
    if (last) return false;
  }
}

std::string ChildProcess::output() const { return Contents(output_file_); }
std::string ChildProcess::errors() const { return Contents(errors_file_); }

Ended RunToEnd(const std::string& program, const std::vector<std::string>& arguments, const ChildOptions& options,
               absl::Duration time) {
  ChildProcess child(program, arguments, options);
  const std::optional<int> code = child.Wait(time);
  if (!code) child.Kill();
  return {code, child.output(), child.errors()};
}

int FreePorts() {
  std::random_device random;
  std::uniform_int_distribution<int> any(kFirstPort, kLastPort);
  for (int attempt = 0; attempt < 100; ++attempt) {
    const int first = any(random);
    int port = first;
    while (port < first + kPorts && PortIsFree(port)) ++port;
    if (port == first + kPorts) return first;
  }
  Fail("no free ports");
}

}  // namespace dangol::testing
