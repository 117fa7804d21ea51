#include "cli/digest/digest_door.h"

#include <atomic>
#include <memory>
#include <utility>

#include "fmt/format.h"

#include "cli/demo/demo.h"
#include "cli/digest/send_digests.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/runtime.h"
#include "common/base/status_macros.h"
#include "common/identity/keys.h"
#include "common/identity/signed_channel.h"
#include "common/mail/smtp_mailer.h"
#include "common/rpc/grpc_channel.h"

namespace dangol::cli {
namespace {

constexpr absl::Duration kInterval = absl::Minutes(5);
constexpr absl::Duration kTimeout = absl::Seconds(30);

class DigestDoor : public service::Door {
 public:
  DigestDoor(const service::Settings& settings, const rpc::TlsFiles& tls, mail::SmtpSettings mail,
             std::unique_ptr<service::Door> inner)
      : inner_(std::move(inner)),
        keys_(std::make_shared<identity::Keys>(service::KeysFolder(settings), RealRuntime())),
        tickets_(Connect(settings, tls, "tickets")),
        backlog_(Connect(settings, tls, "backlog")),
        metrics_(Connect(settings, tls, "metrics")),
        mailer_(RealRuntime(), std::move(mail)),
        executor_(RealRuntime().NewExecutor("digests", 1)) {
    executor_->Post([this] { Look(); });
  }
  ~DigestDoor() override { StopLooking(); }

  std::string Description() const override { return inner_->Description() + "; digests by mail"; }
  void Stop(absl::Duration grace) override {
    // Before the services: what is claimed is still reported.
    StopLooking();
    inner_->Stop(grace);
  }

 private:
  Client Connect(const service::Settings& settings, const rpc::TlsFiles& tls, std::string_view name) {
    const std::string address = service::PeerAddress(settings, name);
    return Client(address, identity::CallAs(rpc::NewGrpcChannel(address, {.tls = tls}), keys_,
                                            {.name = "services/digests", .roles = {"service"}, .stages = {}}));
  }

  void StopLooking() {
    stopping_ = true;
    executor_->Stop();
  }

  void Look() {
    DigestClients clients{tickets_, backlog_, metrics_, kTimeout};
    const auto run = SendDigests(clients, mailer_, RealRuntime().Now(), [this] { return stopping_.load(); });
    if (!run.ok()) Log()->warn("digests: {}", std::string(run.status().message()));
    if (run.ok() && run->sent > 0) Log()->info("digests: {} sent", run->sent);
    if (run.ok() && !run->refused.empty())
      Log()->warn("digests: refused by the mail server: {}", fmt::join(run->refused, ", "));
    if (run.ok() && !run->put_off.empty())
      Log()->warn("digests: put off by the mail server, and tried again: {}", fmt::join(run->put_off, ", "));
    if (run.ok() && !run->stopped.ok()) Log()->warn("digests: {}", std::string(run->stopped.message()));
    executor_->PostAt(RealRuntime().Now() + kInterval, [this] { Look(); });
  }

  std::atomic<bool> stopping_ = false;
  const std::unique_ptr<service::Door> inner_;
  const std::shared_ptr<identity::Keys> keys_;
  Client tickets_;
  Client backlog_;
  Client metrics_;
  mail::SmtpMailer mailer_;
  const std::unique_ptr<Executor> executor_;
};

}  // namespace

service::OpenDoor WithDigests(const service::Settings& settings, service::OpenDoor inner) {
  return [&settings, inner = std::move(inner)]() -> absl::StatusOr<std::unique_ptr<service::Door>> {
    ASSIGN_OR_RETURN(std::unique_ptr<service::Door> opened, inner());
    if (demo::Look(settings.data) == demo::Folder::kDemo) return opened;
    absl::StatusOr<mail::SmtpSettings> mail = mail::ReadSmtpSettings(mail::SmtpSettingsFile(settings.data));
    if (absl::IsNotFound(mail.status())) return opened;
    RETURN_IF_ERROR(mail.status());
    ASSIGN_OR_RETURN(const rpc::TlsFiles tls, service::ReadTls(settings));
    return std::make_unique<DigestDoor>(settings, tls, *std::move(mail), std::move(opened));
  };
}

}  // namespace dangol::cli
