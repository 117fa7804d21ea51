// `dangol tls`: the certificates by which the programs of the suite know each other.
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"

#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "cli/output/print.h"
#include "cli/output/times.h"
#include "cli/token/token.h"
#include "common/base/proto_time.h"
#include "common/base/runtime.h"
#include "common/identity/tls_folder.h"
#include "common/service/settings.h"

namespace dangol::cli {
namespace {

using identity::TlsFolder;

// A certificate that ends sooner should be exchanged.
constexpr absl::Duration kWarningTime = absl::Hours(24 * 14);

int Init(const TlsFolder& folder, absl::Time now) {
  if (const absl::Status made = folder.Create(now); !made.ok()) return Fail("tls init", made);
  const std::string text = fmt::format(
      "Certificates are in {0}. Restart the programs of the suite; commands find it with --tls {0}.\n"
      "Programs on other machines need ca.crt and suite.pem; keep ca.key here.\n",
      folder.path());
  return Print(text) ? 0 : 1;
}

int Rotate(const TlsFolder& folder, absl::Time now) {
  if (const absl::Status made = folder.Rotate(now); !made.ok()) return Fail("tls rotate", made);
  const std::string text = fmt::format(
      "{}/suite.pem is new: programs that run use it for new connections within 5 s. Copy it to the other machines.\n",
      folder.path());
  return Print(text) ? 0 : 1;
}

bool EndsSoon(absl::Time end, absl::Time now) { return end - now < kWarningTime; }

std::string ShownEnd(std::string_view what, absl::Time end, absl::Time now) {
  const std::string_view verb = end <= now ? "expired:" : EndsSoon(end, now) ? "expires soon:" : "valid until";
  const std::string when = TimeWithZone(ToProtoTime(end));
  return fmt::format("{}: {} {}\n", what, Painted(EndsSoon(end, now) ? Colour::kBad : Colour::kGood, verb), when);
}

int Status(const TlsFolder& folder, absl::Time now) {
  const absl::StatusOr<TlsFolder::Validity> validity = folder.Read();
  if (!validity.ok()) return Fail("tls status", validity.status());
  const bool printed = Print(ShownEnd("authority", validity->authority_end, now) +
                             ShownEnd("certificate", validity->certificate_end, now));
  const bool good = !EndsSoon(validity->authority_end, now) && !EndsSoon(validity->certificate_end, now);
  return printed && good ? 0 : 1;
}

}  // namespace

Command TlsCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("tls", "Make and exchange the certificates of the programs of the suite");
  std::vector<Command> verbs;
  const auto add = [&](const char* name, const char* description, int (*run)(const TlsFolder&, absl::Time)) {
    CLI::App* verb = app->add_subcommand(name, description);
    const auto settings = std::make_shared<service::Settings>();
    service::AddDataFlag(*verb, *settings);
    service::AddTlsFlag(*verb, *settings);
    verbs.push_back(
        {verb, [settings, run] { return run(TlsFolder(service::TlsFolder(*settings)), RealRuntime().Now()); }});
  };
  add("init", "Make an authority of the suite's own, and a certificate of it", Init);
  add("rotate", "Make a new certificate of the same authority, for 90 days", Rotate);
  add("status", "Say until when they are valid; the exit code is 1 from 14 days before the end", Status);
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
