#include "common/service/process.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "fmt/format.h"

#include "common/base/descriptor.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/log_silence.h"
#include "common/base/status_macros.h"
#include "common/identity/keys.h"
#include "common/identity/keys_authorizer.h"
#include "common/identity/signed_channel.h"
#include "common/rpc/grpc_channel.h"
#include "common/rpc/grpc_server.h"
#include "common/rpc/limits.h"

namespace dangol::service {
namespace {

constexpr absl::Duration kGrace = absl::Seconds(10);
// For clients to learn from its health that this replica goes, and to take their calls to another: one round trip. And
// for the leases to be given back.
constexpr absl::Duration kLeaveTime = absl::Milliseconds(500);
// How long a start waits for another process that has the database: for a replica at a migration, say, or with SQLite
// for who read last and moves the log before he closes it.
constexpr absl::Duration kBusyPatience = absl::Seconds(15);
constexpr absl::Duration kBusyPause = absl::Milliseconds(100);
constexpr absl::Duration kServerSnapshotTimeMax = absl::Seconds(1);
constexpr int kSecondSignalCode = 130;
constexpr int kSignalCode = 128;  // and the signal's number
constexpr int kEndSignals[] = {SIGTERM, SIGINT};

// A client that meets HTTP/2's limit of a connection hears nothing, while ours refuse at once: they have to be met
// first.
static_assert(storage::WriteQueueLimits().calls_max + storage::ReaderPoolLimits().reads_max +
                      static_cast<int64_t>(rpc::kWaitingReadsMax) + feed::StreamLimits().streams_max <
                  rpc::kConcurrentStreamsMax,
              "all calls that may wait and all streams that may be open need room on one connection");

struct Running {
  std::unique_ptr<Service> service;
  std::unique_ptr<rpc::GrpcServer> server;  // below the service, whose methods it calls to its end
  std::unique_ptr<rpc::GrpcServer> health;  // has no methods; may be none
};

struct Process {
  std::vector<Running> services;
  std::unique_ptr<Door> door;  // may be none; below the services, which it calls
};

// Every thread inherits the mask, so that the signals come to sigwait alone.
sigset_t BlockEndSignals() {
  // Both come as errors of the write instead: a limit of file sizes is met as a full disk is.
  for (int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : kEndSignals) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// While it lives, a signal of these, which are blocked, ends the process at once: a start may wait for a database or a
// migration as long as it takes, nothing was acknowledged that is not stored, and a kill harms nothing. A signal that
// comes later is left to sigwait.
class EndAtSignal {
 public:
  explicit EndAtSignal(const sigset_t& signals)
      : signals_(signals),
        arrived_(signalfd(-1, &signals, SFD_CLOEXEC)),
        over_(eventfd(0, EFD_CLOEXEC)),
        thread_([this] { Watch(); }) {}
  ~EndAtSignal() {
    eventfd_write(over_.get(), 1);
    thread_.join();
  }
  EndAtSignal(const EndAtSignal&) = delete;
  EndAtSignal& operator=(const EndAtSignal&) = delete;

 private:
  void Watch() const {
    if (over_.get() < 0) return;  // no descriptor is left
    pollfd ready[] = {{.fd = over_.get(), .events = POLLIN, .revents = 0},
                      {.fd = arrived_.get(), .events = POLLIN, .revents = 0}};
    while (poll(ready, std::size(ready), -1) < 0) {
    }
    signalfd_siginfo signal{};
    if (ready[0].revents != 0 || read(arrived_.get(), &signal, sizeof(signal)) != sizeof(signal)) return;
    // As if the signal had never been blocked, so that whoever waits for the process sees what ended it.
    std::signal(static_cast<int>(signal.ssi_signo), SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
    raise(static_cast<int>(signal.ssi_signo));
    _exit(kSignalCode + static_cast<int>(signal.ssi_signo));  // the first process of a container has no such default
  }

  const sigset_t signals_;
  const Descriptor arrived_;
  const Descriptor over_;
  std::thread thread_;
};

void ExitAtNextSignal(const sigset_t& signals) {
  for (int signal : kEndSignals) std::signal(signal, [](int) { _exit(kSecondSignalCode); });
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

// Most errors of opening name the database; those of what is in it do not.
absl::Status AtUrl(const absl::Status& status, const std::string& url) {
  const std::string message(status.message());
  const std::string path = url.substr(url.find(':') + 1);
  const std::string shown = storage::ShownUrl(url);
  if (status.ok() || message.find(path) != std::string::npos || message.find(shown) != std::string::npos) return status;
  return absl::Status(status.code(), fmt::format("Cannot open {}: {}", shown, message));
}

absl::Status TryWhileBusy(absl::FunctionRef<absl::Status()> open) {
  const absl::Time end = RealRuntime().SteadyNow() + kBusyPatience;
  absl::Status status = open();
  while (ErrorReason(status) == "STORAGE_BUSY" && RealRuntime().SteadyNow() < end) {
    absl::SleepFor(kBusyPause);
    status = open();
  }
  return status;
}

absl::StatusOr<std::unique_ptr<Service>> OpenService(const Definition& definition, const Settings& settings,
                                                     const std::shared_ptr<identity::Keys>& keys,
                                                     const rpc::TlsFiles& tls) {
  Options options;
  options.database_url = DatabaseUrl(settings, definition);
  options.shared_database = storage::IsShared(options.database_url);
  // A snapshot holds up nobody there, and each statement of it waits for the network.
  if (options.shared_database) options.reader_pool.snapshot_time_max = kServerSnapshotTimeMax;
  const rpc::Principal caller{.name = fmt::format("services/{}", definition.name), .roles = {"service"}, .stages = {}};
  options.connect = [&settings, keys, caller, tls](std::string_view feed) {
    const std::string address = PeerAddress(settings, feed);
    return Peer{address, identity::CallAs(rpc::NewGrpcChannel(address, {.tls = tls}), keys, caller)};
  };
  // A process that cannot start neither takes a lease nor says how its feeds are.
  options.follows_at_once = false;
  options.authorizer = std::make_shared<identity::KeysAuthorizer>(keys, !settings.require_credentials);
  std::unique_ptr<Service> service;
  const absl::Status status = TryWhileBusy([&]() -> absl::Status {
    ASSIGN_OR_RETURN(service, Service::Open(definition, options));
    return absl::OkStatus();
  });
  if (status.ok()) return service;
  return AtUrl(status, options.database_url);
}

absl::StatusOr<Process> Start(const std::vector<const Definition*>& definitions, const Settings& settings,
                              const OpenDoor& open_door) {
  ASSIGN_OR_RETURN(const rpc::TlsFiles tls, ReadTls(settings));
  for (const Definition* definition : definitions) {
    RETURN_IF_ERROR(CheckListenAddress(settings, ListenAddress(settings, *definition), !tls.empty()));
  }
  const auto keys = std::make_shared<identity::Keys>(KeysFolder(settings), RealRuntime());
  if (settings.make_keys) RETURN_IF_ERROR(keys->folder().Create(RealRuntime()));
  Process process;
  std::vector<Running>& running = process.services;
  // All databases before the first port: who reaches one of the services finds them all.
  for (const Definition* definition : definitions) {
    ASSIGN_OR_RETURN(running.emplace_back().service, OpenService(*definition, settings, keys, tls));
  }
  for (Running& one : running) {
    rpc::GrpcServerOptions options;
    options.address = ListenAddress(settings, one.service->definition());
    options.connection_age_max = settings.connection_age;
    options.tls = tls;
    ASSIGN_OR_RETURN(one.server, rpc::GrpcServer::Start(rpc::Endpoints(one.service->methods()), options));
    if (settings.health.empty()) continue;
    ASSIGN_OR_RETURN(one.health, rpc::GrpcServer::Start({}, {.address = settings.health}));
  }
  if (open_door != nullptr) {
    ASSIGN_OR_RETURN(process.door, open_door());
  }
  return process;
}

// As Start. Without this thread's lines in the log beside the one that says what is wrong, unless they were asked for;
// the last words of a process that aborts stay. What the services say on threads of their own is said once, an alarm
// perhaps, and is heard.
absl::StatusOr<Process> StartQuietly(const std::vector<const Definition*>& definitions, const Settings& settings,
                                     const OpenDoor& open_door) {
  std::optional<LogSilence> silence;
  if (Log()->level() > spdlog::level::debug) silence.emplace();
  return Start(definitions, settings, open_door);
}

void Drain(Process& process) {
  std::vector<Running>& running = process.services;
  // Clients of the door lose no call: the services still answer.
  if (process.door != nullptr) process.door->Stop(kGrace);
  for (Running& one : running) {
    one.server->SetServing(false);
    if (one.health != nullptr) one.health->SetServing(false);
    one.service->StopFollowing();
  }
  // What comes once gRPC's shutdown has begun is cancelled, so those who can go elsewhere go before.
  const bool elsewhere =
      std::ranges::any_of(running, [](const Running& one) { return one.service->shares_database(); });
  if (elsewhere) absl::SleepFor(kLeaveTime);
  for (Running& one : running) one.service->Drain();
  // Each has the whole grace, at the same time: none takes calls while another one waits.
  std::vector<std::thread> ends;
  for (Running& one : running) ends.emplace_back([&one] { one.server->Shutdown(kGrace); });
  for (std::thread& end : ends) end.join();
  // What was denied since it began to drain.
  std::vector<absl::Notification> stored(running.size());
  for (size_t i = 0; i < running.size(); ++i) running[i].service->StoreDenied([&done = stored[i]] { done.Notify(); });
  for (absl::Notification& done : stored) done.WaitForNotification();
}

absl::Status RenewIncarnation(const Definition& definition, const std::string& url) {
  ASSIGN_OR_RETURN(const auto database, storage::OpenDatabase(url, {.make = false}));
  ASSIGN_OR_RETURN(const auto writer, database->Recover());
  RETURN_IF_ERROR(storage::CheckMade(*writer));
  const storage::Schema schemas[] = {storage::CoreSchema(), definition.schema};
  RETURN_IF_ERROR(storage::Migrate(*writer, schemas, RealRuntime().Now()));
  RETURN_IF_ERROR(storage::RenewIncarnation(*writer, RealRuntime()));
  writer->EmptyLog();
  return absl::OkStatus();
}

// What to exit with.
int GiveNewIncarnation(const Definition& definition, const Settings& settings) {
  const std::string url = DatabaseUrl(settings, definition);
  SetUpLog("error", LogFormat::kText);
  umask(0077);
  const absl::Status status = AtUrl(TryWhileBusy([&] { return RenewIncarnation(definition, url); }), url);
  if (status.ok()) {
    fmt::print("The feed in {} is another one now: whoever follows it replays it from the beginning.\n",
               storage::ShownUrl(url));
    return 0;
  }
  fmt::print(stderr, "{}: {}\n", settings.program, std::string(status.message()));
  return 1;
}

}  // namespace

int RunServices(const std::vector<const Definition*>& definitions, const Settings& settings,
                const OpenDoor& open_door) {
  const sigset_t signals = BlockEndSignals();
  rpc::RaiseDescriptorLimit();
  SetUpLog(settings.log_level, settings.log_format == "text" ? LogFormat::kText : LogFormat::kJson);
  // What customers said is nobody's but the owner's.
  umask(0077);
  std::optional<EndAtSignal> end_at_signal(std::in_place, signals);
  absl::StatusOr<Process> process = StartQuietly(definitions, settings, open_door);
  end_at_signal.reset();
  if (!process.ok()) {
    fmt::print(stderr, "{}: {}\n", settings.program, std::string(process.status().message()));
    return 1;
  }
  for (const Running& one : process->services) {
    if (one.health != nullptr) Log()->info("says how it is on {}", one.health->address());
    Log()->info("serving {} on {} with {}", one.service->definition().name, one.server->address(),
                storage::ShownUrl(DatabaseUrl(settings, one.service->definition())));
    for (const feed::Source& source : one.service->definition().sources) {
      Log()->info("{} follows {} at {}", one.service->definition().name, source.feed,
                  PeerAddress(settings, source.feed));
    }
  }
  if (process->door != nullptr) Log()->info("serving {}", process->door->Description());
  for (const Running& one : process->services) one.service->StartFollowing();
  int signal = 0;
  sigwait(&signals, &signal);
  ExitAtNextSignal(signals);
  Log()->info("stopping after SIG{}", sigabbrev_np(signal));
  Drain(*process);
  process->door = nullptr;
  process->services.clear();
  Log()->info("stopped");
  return 0;
}

int ServiceMain(const Definition& definition, int argc, const char* const* argv) {
  Settings settings;
  settings.program = fmt::format("dangol-{}", definition.name);
  CLI::App app(fmt::format("The {} service of Dangol.", definition.name), settings.program);
  AddProcessFlags(app, settings);
  AddServiceFlags(app, settings);
  app.set_version_flag("--version", fmt::format("{} {}", settings.program, DANGOL_VERSION));
  app.footer("Runs until SIGTERM or SIGINT, which ends it in good order; a second one ends it at once.");
  if (std::optional<int> code = ParseArguments(app, settings.program, argc, argv)) return *code;
  if (settings.new_incarnation) return GiveNewIncarnation(definition, settings);
  return RunServices({&definition}, settings);
}

}  // namespace dangol::service
