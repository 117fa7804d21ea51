#include "common/service/settings.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/identity/tls_folder.h"

namespace dangol::service {
namespace {

constexpr int kPortBaseMax = 65500;
constexpr absl::Duration kConnectionAgeLeast = absl::Seconds(1);
constexpr char kPortBaseVariable[] = "DANGOL_PORT_BASE";
// The services of the suite and their ports, from the base. A service knows of another only this.
constexpr std::pair<std::string_view, int> kPortOffsets[] = {{"tickets", 1}, {"backlog", 2}, {"metrics", 3}};

// By its form, not by looking it up: what a name means may change while the server runs. Only `localhost` is taken at
// its word.
bool IsLoopback(const std::string& host) {
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1) return (ntohl(address.s_addr) >> 24) == 127;
  return host == "localhost" || host == "[::1]";
}

// As CLI::IsMember, without its list in the help, where it stands already.
CLI::Validator OneOf(std::set<std::string> values) { return CLI::IsMember(std::move(values)).description(""); }

std::string CheckPeer(const std::string& text) {
  const size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  for (const auto& [known, offset] : kPortOffsets) {
    if (equals != std::string::npos && name == known) return CheckTarget(text.substr(equals + 1));
  }
  return fmt::format("{} is not such as tickets=127.0.0.1:7401, of tickets, backlog or metrics", ShownValue(text));
}

// gRPC would take 443 for a missing port.
bool HasPort(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  return colon != std::string::npos && colon > 0 && absl::SimpleAtoi(address.substr(colon + 1), &port);
}

std::string CheckConnectionAge(const std::string& text) {
  absl::Duration age;
  if (absl::ParseDuration(text, &age) && age >= kConnectionAgeLeast) return "";
  return fmt::format("{} is no age: give one of at least a second, such as 30m", ShownValue(text));
}

// CLI11 says only that "INI was not able to parse" something.
std::string Explain(const CLI::ParseError& error) {
  std::string what = error.what();
  for (char& c : what) {
    if (c == '\n') c = ' ';
  }
  constexpr std::string_view kUnknown = "INI was not able to parse ";
  if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::ConfigError) || !what.starts_with(kUnknown))
    return what;
  return fmt::format("the file of --config has {}, which is no setting", ShownValue(what.substr(kUnknown.size())));
}

}  // namespace

void AddPortBaseFlag(CLI::App& app, int& port_base, const std::string& description) {
  const auto check = [](const std::string& text) {
    int port = 0;
    if (absl::SimpleAtoi(text, &port) && port >= 1 && port <= kPortBaseMax) return std::string();
    return fmt::format("{} is no number from 1 to {}; flag and environment variable {} are the same setting",
                       ShownValue(text), kPortBaseMax, kPortBaseVariable);
  };
  app.add_option("--port-base", port_base, description)
      ->type_name("N")
      ->check(check)
      ->envname(kPortBaseVariable)
      ->capture_default_str();
}

void AddDataFlag(CLI::App& app, Settings& settings) {
  app.add_option("--data", settings.data, "Folder of the databases; made where it is missing")
      ->type_name("DIR")
      ->capture_default_str();
}

void AddKeysFlags(CLI::App& app, Settings& settings) {
  AddDataFlag(app, settings);
  app.add_option("--keys", settings.keys, "Folder of the suite's keys and tokens; else keys in --data")
      ->type_name("DIR");
}

void AddTlsFlag(CLI::App& app, Settings& settings) {
  app.add_option("--tls", settings.tls,
                 "Folder of the suite's certificates (`dangol tls init`); else tls in --data, where it is there")
      ->type_name("DIR");
}

std::string TlsFolder(const Settings& settings) {
  return settings.tls.empty() ? fmt::format("{}/tls", settings.data) : settings.tls;
}

absl::StatusOr<rpc::TlsFiles> ReadTls(const Settings& settings) {
  const identity::TlsFolder folder(TlsFolder(settings));
  if (settings.tls.empty() && !folder.exists()) return rpc::TlsFiles();
  return folder.Files(RealRuntime().Now());
}

std::string KeysFolder(const Settings& settings) {
  return settings.keys.empty() ? fmt::format("{}/keys", settings.data) : settings.keys;
}

void AddCredentialsFlag(CLI::App& app, Settings& settings) {
  app.add_flag("--require-credentials", settings.require_credentials,
               "Whoever calls needs a token, on this machine, too");
}

void AddProcessFlags(CLI::App& app, Settings& settings) {
  AddKeysFlags(app, settings);
  AddTlsFlag(app, settings);
  AddCredentialsFlag(app, settings);
  AddPortBaseFlag(app, settings.port_base, "Ports are counted from here: tickets listens on N+1");
  AddLogFlags(app, settings);
}

void AddLogFlags(CLI::App& app, Settings& settings) {
  app.add_option("--log-level", settings.log_level, "debug, info, warning, error or off")
      ->type_name("LEVEL")
      ->check(OneOf({"debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  app.add_option("--log-format", settings.log_format, "json (an object a line) or text")
      ->type_name("FORMAT")
      ->check(OneOf({"json", "text"}))
      ->capture_default_str();
}

void AddServiceFlags(CLI::App& app, Settings& settings) {
  app.add_option("--database", settings.database, "sqlite:PATH or postgresql://HOST/NAME; without it a file in --data")
      ->type_name("URL");
  AddServerFlags(app, settings);
  app.add_option(
         "--health", settings.health,
         "Where else to say how it is (grpc.health.v1), without TLS and credentials and nothing more: for probes of "
         "Kubernetes, such as 0.0.0.0:7411")
      ->type_name("HOST:PORT");
  app.add_option_function<std::string>(
         "--connection-age",
         [&settings](const std::string& text) { absl::ParseDuration(text, &settings.connection_age); },
         "How old a connection may become: then its client connects anew, and finds replicas that came since [30m]")
      ->type_name("TIME")
      ->check(CLI::Validator(CheckConnectionAge, ""));
  app.add_flag("--new-incarnation", settings.new_incarnation,
               "For a database that was put back from a backup: gives its feed a new identity and ends. Who follows it "
               "then replays it from the beginning. Stop the service first, all of its replicas");
}

void AddServerFlags(CLI::App& app, Settings& settings) {
  app.add_option("--listen", settings.listen, "Where to listen, instead of 127.0.0.1 and the port from --port-base")
      ->type_name("HOST:PORT");
  app.add_option(
         "--peer", settings.peers,
         "Where another service of the suite is, instead of 127.0.0.1 and its port from --port-base; may be repeated. "
         " A target is HOST:PORT, dns:///NAME:PORT, or ipv4:A:PORT,B:PORT; several addresses share the calls")
      ->type_name("NAME=TARGET")
      ->check(CLI::Validator(CheckPeer, ""));
  app.add_flag(
      "--trust-network", settings.trust_network,
      "Allows a --listen address that other machines reach, without TLS: whoever does may do everything, or, with "
      "--require-credentials, what his token allows");
  app.set_config("--config", "", "Reads these flags from a file (TOML or INI), such as: port-base = 7400")
      ->type_name("FILE");
  app.get_formatter()->column_width(26);
  // A misspelt name must not be a setting that silently does nothing.
  app.allow_config_extras(CLI::config_extras_mode::error);
}

std::string CheckTarget(const std::string& text) {
  std::string_view addresses = text;
  bool list = false;
  for (const std::string_view scheme : {"dns:///", "dns:", "ipv4:", "ipv6:"}) {
    if (!addresses.starts_with(scheme)) continue;
    addresses.remove_prefix(scheme.size());
    list = scheme.starts_with("ip");
    break;
  }
  const std::vector<std::string> all = absl::StrSplit(std::string(addresses), ',');
  if ((list || all.size() == 1) && std::ranges::all_of(all, HasPort)) return "";
  return fmt::format(
      "{} is no target: give one such as 127.0.0.1:7401, dns:///tickets:7401 or ipv4:10.0.0.1:7401,10.0.0.2:7401",
      ShownValue(text));
}

std::optional<int> ParseArguments(CLI::App& app, std::string_view program, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
    fmt::print(stderr, "{}: {} (see `{} --help`)\n", program, Explain(error), program);
    return 2;
  }
}

std::string DatabaseUrl(const Settings& settings, const Definition& definition) {
  if (!settings.database.empty()) return settings.database;
  return fmt::format("sqlite:{}/{}.db", settings.data, definition.name);
}

std::string ListenAddress(const Settings& settings, const Definition& definition) {
  if (!settings.listen.empty()) return settings.listen;
  return fmt::format("127.0.0.1:{}", settings.port_base + definition.port_offset);
}

std::vector<std::string_view> ServiceNames() {
  std::vector<std::string_view> names;
  for (const auto& [name, offset] : kPortOffsets) names.push_back(name);
  return names;
}

std::string PeerAddress(const Settings& settings, std::string_view name) {
  const std::string prefix = fmt::format("{}=", name);
  for (const std::string& peer : settings.peers) {
    if (peer.starts_with(prefix)) return peer.substr(prefix.size());
  }
  for (const auto& [known, offset] : kPortOffsets) {
    if (known == name) return fmt::format("127.0.0.1:{}", settings.port_base + offset);
  }
  return "";
}

absl::Status CheckListenAddress(const Settings& settings, const std::string& address, bool has_tls,
                                std::string_view tls_remedy) {
  const bool guarded = has_tls && settings.require_credentials;
  const size_t colon = address.rfind(':');
  // What is no address at all is the server's to explain.
  const bool reached = colon != std::string::npos && !IsLoopback(address.substr(0, colon));
  if (!reached || guarded || settings.trust_network) return absl::OkStatus();
  const std::string_view missing = has_tls                        ? "credentials"
                                   : settings.require_credentials ? "TLS"
                                                                  : "TLS and credentials";
  return Error(
      absl::StatusCode::kFailedPrecondition, "NETWORK_NOT_TRUSTED",
      fmt::format("Refused to listen on {} without {}: other machines may reach it. {}, make a token (`dangol token "
                  "create NAME --role ROLE`), and start with --require-credentials. Or listen on 127.0.0.1. "
                  "Where the network is trusted, --trust-network allows it as it is.",
                  address, missing, tls_remedy));
}

}  // namespace dangol::service
