#include "services/gateway/settings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <utility>

#include "CLI/CLI.hpp"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/mail/smtp_mailer.h"
#include "common/rpc/grpc_channel.h"
#include "services/gateway/gateway.h"
#include "services/gateway/path_prefix.h"

namespace dangol::gateway {
namespace {

bool IsFolder(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

// Beside the binary where it is installed, or in the tree where it was built. Empty: none.
std::string DefaultWeb() {
  char program[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", program, sizeof(program));
  if (size <= 0) return "";
  std::string folder(program, static_cast<size_t>(size));
  folder.resize(folder.rfind('/'));
  for (const char* place : {"/web", "/../share/dangol/web", "/../../../web/dist"}) {
    if (IsFolder(folder + place)) return folder + place;
  }
  return "";
}

std::string CheckOrigin(const std::string& text) {
  const bool http = text.starts_with("http://") || text.starts_with("https://");
  if (http && text.find('/', text.find("://") + 3) == std::string::npos) return "";
  return fmt::format("{} is no origin: give one such as http://localhost:5173", ShownValue(text));
}

constexpr char kTlsRemedy[] = "Name a certificate (--tls-certificate, --tls-key)";

}  // namespace

void AddGatewayFlags(CLI::App& app, GatewaySettings& settings) {
  app.add_option("--web", settings.web, "Folder of the dashboard's files; without it web/dist, where it is")
      ->type_name("DIR")
      ->check([](const std::string& path) {
        return IsFolder(path) ? std::string() : fmt::format("there is no folder {}", ShownValue(path));
      });
  app.add_option("--allow-origin", settings.allowed_origins,
                 "A page from elsewhere that may call, such as http://localhost:5173; may be repeated")
      ->type_name("ORIGIN")
      ->allow_extra_args(false)
      ->check(CLI::Validator(CheckOrigin, ""));
  CLI::Option* certificate = app.add_option("--tls-certificate", settings.tls.certificate,
                                            "PEM file with the certificate of the name that browsers call, and those "
                                            "between it and its authority: with it the gateway speaks HTTPS")
                                 ->type_name("FILE");
  CLI::Option* key = app.add_option("--tls-key", settings.tls.key, "PEM file with its private key")
                         ->type_name("FILE")
                         ->needs(certificate);
  certificate->needs(key);
  app.add_option("--rate-limit", settings.calls_per_second,
                 "Calls a second that one token or member may make, twice as many at once; 0: no limit")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber.description(""))
      ->capture_default_str();
  AddPublicAddressFlags(app, settings.public_url, settings.path_prefix);
}

void AddPublicAddressFlags(CLI::App& app, std::string& public_url, std::string& path_prefix) {
  app.add_option(
         "--public-url", public_url,
         "Where browsers find it, behind a proxy, such as https://dangol.example.org; then cookies go over TLS alone")
      ->type_name("URL")
      ->check(CLI::Validator(CheckOrigin, ""));
  app.add_option("--path-prefix", path_prefix,
                 "The path under which a proxy has it, such as /dangol; pages and cookies are of that path alone")
      ->type_name("PATH")
      ->check(CLI::Validator(CheckPathPrefix, ""));
}

service::OpenDoor GatewayDoor(const service::Settings& process, const GatewaySettings& settings) {
  return [&process, &settings]() -> absl::StatusOr<std::unique_ptr<service::Door>> {
    GatewayOptions options;
    options.http.address = process.listen.empty() ? fmt::format("127.0.0.1:{}", process.port_base) : process.listen;
    options.http.tls = settings.tls;
    RETURN_IF_ERROR(service::CheckListenAddress(process, options.http.address, !settings.tls.empty(), kTlsRemedy));
    ASSIGN_OR_RETURN(const rpc::TlsFiles tls, service::ReadTls(process));
    if (!tls.empty()) options.certificates["suite"] = tls.identity;
    if (!settings.tls.empty()) options.certificates["gateway"] = settings.tls.certificate;
    if (process.trust_network) options.hosts.clear();
    options.web = settings.web.empty() ? DefaultWeb() : settings.web;
    options.demo = settings.demo;
    options.keys = std::make_shared<identity::Keys>(service::KeysFolder(process), RealRuntime());
    options.local = !process.require_credentials;
    options.public_url = settings.public_url;
    options.path_prefix = settings.path_prefix;
    // A demonstration sends nothing.
    if (!settings.demo) {
      absl::StatusOr<mail::SmtpSettings> mail = mail::ReadSmtpSettings(mail::SmtpSettingsFile(process.data));
      if (mail.ok()) {
        options.mailer = std::make_shared<mail::SmtpMailer>(RealRuntime(), *std::move(mail));
      } else if (!absl::IsNotFound(mail.status())) {
        return mail.status();
      }
    }
    options.calls_per_second = settings.calls_per_second;
    options.allowed_origins = settings.allowed_origins;
    for (const std::string_view name : service::ServiceNames()) {
      const std::string address = service::PeerAddress(process, name);
      options.backends.push_back({std::string(name), address, rpc::NewGrpcChannel(address, {.tls = tls})});
    }
    return Gateway::Start(RealRuntime(), std::move(options));
  };
}

}  // namespace dangol::gateway
