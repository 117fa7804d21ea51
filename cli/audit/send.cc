// What was done with a folder of keys that no gateway has, such as the original of what a cluster gets, for the audit
// log of metrics: what a gateway does with its own.
#include "cli/audit/send.h"

#include <memory>
#include <string>
#include <utility>

#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/credential.h"
#include "cli/output/output.h"
#include "cli/output/print.h"
#include "common/base/status_macros.h"
#include "common/identity/audit_spool.h"
#include "common/identity/keys.h"
#include "common/identity/signed_channel.h"
#include "common/rpc/grpc_channel.h"
#include "common/service/settings.h"
#include "services/gateway/audit_writer.h"

namespace dangol::cli {
namespace {

constexpr char kCommand[] = "audit send";

struct Flags {
  service::Settings settings;  // of which those of the folder count
  SuiteFlags suite;
  absl::Duration timeout = absl::Seconds(30);
};

// As the gateway, whose word metrics takes: who has the folder is as good as that.
absl::StatusOr<Client> ClientOf(const Flags& flags, const identity::KeyFolder& folder) {
  ASSIGN_OR_RETURN(const identity::KeySet keys, folder.Read());
  if (!keys.signing_key) return identity::KeysMissing(folder.path());
  ASSIGN_OR_RETURN(rpc::TlsFiles tls, Tls());
  const std::string address = TargetAddress(flags.suite, "metrics");
  return Client(address, identity::CallAs(rpc::NewGrpcChannel(address, {.tls = std::move(tls)}),
                                          std::make_shared<identity::Keys>(folder.path(), RealRuntime()),
                                          gateway::GatewayPrincipal()));
}

// NOT_FOUND: a gateway was faster.
absl::Status SendEntry(Client& metrics, const Flags& flags, const identity::KeyFolder& folder, const std::string& id) {
  ASSIGN_OR_RETURN(const api::v1::AuditEntry entry, identity::ReadSpooledEntry(folder, id));
  const absl::Status status = Call<metrics::v1::RecordedAuditEntry>(metrics, std::string(gateway::kRecordAuditEntry),
                                                                    gateway::RecordRequest(entry, id), flags.timeout)
                                  .status();
  if (absl::IsInvalidArgument(status)) identity::SetSpooledEntryAside(folder, id);
  if (status.ok()) identity::RemoveSpooledEntry(folder, id);
  return status;
}

int Send(const Flags& flags) {
  const identity::KeyFolder folder(service::KeysFolder(flags.settings));
  absl::StatusOr<Client> metrics = ClientOf(flags, folder);
  if (!metrics.ok()) return Fail(kCommand, metrics.status());
  int sent = 0;
  int code = 0;
  for (const std::string& id : identity::SpooledEntries(folder)) {
    const absl::Status status = SendEntry(*metrics, flags, folder, id);
    if (status.ok()) ++sent;
    if (status.ok() || absl::IsNotFound(status)) continue;
    code = Fail(kCommand, status);
    // Of one that is none the others are to hear nothing.
    if (!absl::IsInvalidArgument(status) && !absl::IsFailedPrecondition(status)) break;
  }
  const std::string_view noun = sent == 1 ? "entry is" : "entries are";
  return Print(fmt::format("{} {} handed over to the audit log of metrics.\n", sent, noun)) ? code : 1;
}

}  // namespace

Command AuditSendVerb(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand(
      "send", "Hand over what was done with a folder of keys that no gateway has, as the original of a cluster's");
  const auto flags = std::make_shared<Flags>();
  service::AddKeysFlags(*app, flags->settings);
  AddSuiteFlags(*app, flags->suite);
  AddTimeoutFlag(*app, flags->timeout);
  return {app, [flags] { return Send(*flags); }};
}

}  // namespace dangol::cli
