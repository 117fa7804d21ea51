#include "services/gateway/welcome_page.h"

#include "fmt/format.h"

#include "common/rpc/methods.h"

namespace dangol::gateway {

std::string WelcomePage(std::string_view path_prefix) {
  std::string methods;
  for (const google::protobuf::MethodDescriptor* method : rpc::AllMethods()) {
    methods += fmt::format("<li><code>{}/{}</code></li>\n", method->service()->full_name(), method->name());
  }
  return fmt::format(R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Dangol</title>
<h1>Dangol</h1>
<p>The gateway is here; the dashboard is not built. Start with <code>--web DIR</code> where it is somewhere else than in
<code>web/dist</code>.</p>
<p>Every method of the suite answers JSON:</p>
<pre>curl -H 'content-type: application/json' -d '{{}}' http://127.0.0.1:7400/dangol.tickets.v1.TicketService/ListTickets</pre>
<p>As resources, with their fields and rules: <a href="{0}/openapi.json">/openapi.json</a> (OpenAPI 3.1)</p>
<p>Is it up? <a href="{0}/healthz">/healthz</a>; are the services behind it? <a href="{0}/readyz">/readyz</a></p>
<h2>Methods</h2>
<ul>
{1}</ul>
)",
                     path_prefix, methods);
}

}  // namespace dangol::gateway
