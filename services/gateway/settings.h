// How the gateway is set up by flags.
#pragma once

#include <string>
#include <vector>

#include "common/service/process.h"
#include "common/service/settings.h"
#include "services/gateway/http_server.h"

namespace dangol::gateway {

struct GatewaySettings {
  std::string web;  // folder of the dashboard; empty: web/dist of the build, where it is
  HttpTlsFiles tls;
  std::vector<std::string> allowed_origins;
  std::string public_url;         // as GatewayOptions has it
  std::string path_prefix;        // as GatewayOptions has it
  double calls_per_second = 200;  // as GatewayOptions has it
  bool demo = false;              // the data is a demonstration
};

// `settings` must outlive `app`.
void AddGatewayFlags(CLI::App& app, GatewaySettings& settings);

// The two of them that say where browsers find it. Both texts must outlive `app`.
void AddPublicAddressFlags(CLI::App& app, std::string& public_url, std::string& path_prefix);

// Opens the gateway of a suite: at the port from `--port-base` unless `--listen` says otherwise, with the services
// where
// `--peer` or the port base has them. Both must outlive what is returned.
service::OpenDoor GatewayDoor(const service::Settings& process, const GatewaySettings& settings);

}  // namespace dangol::gateway
