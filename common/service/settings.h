// How a process that runs services is set up: by flags, and that of a single service by a file too.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/rpc/tls.h"
#include "common/service/service.h"

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace dangol::service {

// From which the ports of the suite are counted, unless a flag or DANGOL_PORT_BASE names another.
inline constexpr int kPortBase = 7400;

struct Settings {
  std::string program;        // begins every line about what is wrong
  std::string data = "data";  // folder of the databases
  int port_base = kPortBase;
  std::string keys;        // folder of the suite's keys; empty: `keys` in `data`
  std::string tls;         // folder of the suite's certificates; empty: `tls` in `data`, where it is there
  bool make_keys = false;  // makes them where they are missing
  bool require_credentials = false;
  std::string log_level = "info";
  std::string log_format = "json";

  // For a single service.
  std::string database;  // URL; empty: a file in `data`
  std::string listen;    // host:port; empty: 127.0.0.1 with the port that the service has from `port_base`
  bool trust_network = false;
  std::string health;              // host:port where only grpc.health.v1 is, without TLS; empty: nowhere
  std::vector<std::string> peers;  // NAME=TARGET of other services that are called, where they are not of this suite
  absl::Duration connection_age = absl::Minutes(30);  // then a client is sent to connect anew
  bool new_incarnation = false;                       // makes the feed another one, and serves nothing
};

// `--data`
void AddDataFlag(CLI::App& app, Settings& settings);
// `--data` and `--keys`: where the keys are.
void AddKeysFlags(CLI::App& app, Settings& settings);
std::string KeysFolder(const Settings& settings);
// `--tls`
void AddTlsFlag(CLI::App& app, Settings& settings);
std::string TlsFolder(const Settings& settings);
// The certificates of the suite; none: it has no TLS. Errors as of identity::TlsFolder::Files.
absl::StatusOr<rpc::TlsFiles> ReadTls(const Settings& settings);
// `--require-credentials`
void AddCredentialsFlag(CLI::App& app, Settings& settings);

// `--data`, `--port-base`, those of the keys and those of the log; `settings` must outlive `app`.
void AddProcessFlags(CLI::App& app, Settings& settings);
// Those of a single service beside them: those of a server, its database and its connections.
void AddServiceFlags(CLI::App& app, Settings& settings);
// Parts of both: the log; and where to listen, where the others are, and `--config`.
void AddLogFlags(CLI::App& app, Settings& settings);
void AddServerFlags(CLI::App& app, Settings& settings);

// `--port-base`, for servers and for those who look for them.
void AddPortBaseFlag(CLI::App& app, int& port_base, const std::string& description);

// Why a channel would not take this for the place of a service; empty: it would.
std::string CheckTarget(const std::string& text);

// Parses the command line. None: go on. Else what to exit with: 0 after --help or --version, 2 where the line is wrong,
// which one line on standard error has said.
std::optional<int> ParseArguments(CLI::App& app, std::string_view program, int argc, const char* const* argv);

std::string DatabaseUrl(const Settings& settings, const Definition& definition);
std::string ListenAddress(const Settings& settings, const Definition& definition);

// Of all services of the suite, in the order of their ports.
std::vector<std::string_view> ServiceNames();

// The target of the service of this name: as `peers` says, else on this machine at the port that it has from
// `port_base`.
std::string PeerAddress(const Settings& settings, std::string_view name);

// Refuses an address that other machines reach, unless there is TLS and everybody needs a credential, or the network is
// said to be trusted. `tls_remedy`: how to have TLS. FAILED_PRECONDITION, reason NETWORK_NOT_TRUSTED.
absl::Status CheckListenAddress(const Settings& settings, const std::string& address, bool has_tls,
                                std::string_view tls_remedy = "Make certificates (`dangol tls init`)");

}  // namespace dangol::service
