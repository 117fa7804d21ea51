// What is done at the gateway alone, for the audit log of the metrics service: signing in and out, tokens, links. It is
// written into the folder of keys first, so that nothing waits for metrics and nothing is lost while that is away.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/identity/keys.h"
#include "common/rpc/call.h"
#include "common/rpc/denials.h"
#include "common/rpc/transport.h"
#include "dangol/api/v1/audit.pb.h"
#include "dangol/metrics/v1/audit_service.pb.h"

namespace dangol::gateway {

// How entries name what is no method of an API.
inline constexpr std::string_view kSignInByLink = "dangol.gateway.v1.Session/SignInByLink";
inline constexpr std::string_view kSignInByProvider = "dangol.gateway.v1.Session/SignInByProvider";
inline constexpr std::string_view kSignInByEmail = "dangol.gateway.v1.Session/SignInByEmail";
inline constexpr std::string_view kSignOut = "dangol.gateway.v1.Session/SignOut";

// As whom the gateway calls the services.
rpc::Principal GatewayPrincipal();
// The method that takes an entry from it.
inline constexpr std::string_view kRecordAuditEntry = "/dangol.metrics.v1.AuditService/RecordAuditEntry";
// What it takes of one that waits; `id` is that of the folder, so that it is taken once.
metrics::v1::RecordAuditEntryRequest RecordRequest(const api::v1::AuditEntry& entry, std::string_view id);

// How often it is looked for what others have written into the folder, and what could not be handed over.
inline constexpr absl::Duration kSpoolInterval = absl::Seconds(5);

// Thread-safe. Always in a shared_ptr: calls under way may outlive their owner.
class AuditWriter : public std::enable_shared_from_this<AuditWriter> {
 public:
  // `metrics`: as the gateway itself calls it; null: there is nobody to hand over to, and entries stay in the folder.
  AuditWriter(std::shared_ptr<rpc::Channel> metrics, std::shared_ptr<identity::Keys> keys, Runtime& runtime);
  // Stops.
  ~AuditWriter() { Stop(); }

  // Begins to hand over.
  void Start();
  // Writes down what is counted; nothing is handed over any more. Its owner calls it.
  void Stop();

  // What was done. Waits for the disk. What cannot be written is an error in the log, and hinders nobody.
  void Record(api::v1::AuditEntry entry);
  void Record(std::string_view principal, std::string_view method);
  // What was refused with `status`, where that is a denial: not for what is away, or asked too often. `principal` is
  // empty where nobody is known.
  void CountDenied(std::string_view principal, std::string_view method, const absl::Status& status);

 private:
  void StoreDenied();
  void Spool(api::v1::AuditEntry entry);
  // On the executor, one after the other: the first that waits, then the next, until there is none or metrics takes
  // none.
  void HandOver();
  void HandOverSoon();
  void Handed(const std::string& id, const absl::Status& status);
  void Poll();

  const std::shared_ptr<rpc::Channel> metrics_;
  const std::shared_ptr<identity::Keys> keys_;
  Runtime& runtime_;

  std::mutex mutex_;
  rpc::Denials denials_{"dangol.gateway.v1.Session"};
  bool scheduled_ = false;
  bool busy_ = false;  // an entry is being handed over
  bool stopped_ = false;
  absl::Time complained_ = absl::InfinitePast();  // by the steady clock

  const std::unique_ptr<Executor> executor_;
};

}  // namespace dangol::gateway
