#include "tests/simulation/loop_simulation.h"

#include <algorithm>
#include <array>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "fmt/format.h"

#include "common/base/simulated_runtime.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/backlog/effect/effect_checks.h"
#include "services/backlog/service.h"
#include "services/metrics/effect/effect_looks.h"
#include "services/metrics/service.h"
#include "services/metrics/system/close_day.h"
#include "services/tickets/attachment/attachment_handlers.h"
#include "services/tickets/customer/erase_handlers.h"
#include "services/tickets/service.h"
#include "services/tickets/ticket/ticket_store.h"
#include "tests/simulation/loop_agent.h"
#include "tests/simulation/loop_checks.h"
#include "tests/simulation/site.h"
#include "tests/simulation/site_database.h"

namespace dangol::simulation {
namespace {

constexpr absl::Duration kConvergeWithin = absl::Hours(2);
constexpr absl::Duration kLookInterval = absl::Milliseconds(500);
// More than a lease.
constexpr absl::Duration kFreezeMost = absl::Minutes(2);
// More than a broken feed is left alone.
constexpr absl::Duration kFollowWithin = absl::Minutes(3);
// Longer than a service whose storage has failed waits before it tries again.
constexpr absl::Duration kRecoverWithin = absl::Seconds(3);
// Longer than a replay.
constexpr absl::Duration kReplayWithin = absl::Hours(1);
constexpr absl::Duration kClockStepMost = absl::Hours(4);
constexpr absl::Duration kEngineTimeout = absl::Seconds(2);
// These timers wait for a day to come. Any other, and so each kind that is added, is work that is to be done now.
constexpr std::string_view kForLater[] = {tickets::kCloseTimer,     tickets::kRetainTimer, tickets::kPurgeTimer,
                                          backlog::kCheckTimer,     metrics::kEffectTimer, metrics::kCloseTimer,
                                          "expire-idempotency-keys"};
const std::string& WorkAtHand() {
  static const auto& sql = *new std::string(
      fmt::format("SELECT kind, resource FROM timer WHERE kind NOT IN ('{}')", fmt::join(kForLater, "', '")));
  return sql;
}

LoopAgentOptions OptionsFor(const LoopScenario& scenario, std::shared_ptr<rpc::Channel> metrics) {
  LoopAgentOptions options;
  options.metrics = std::move(metrics);
  // What is due by a clock that is ahead would wait for hours for one that is behind.
  options.checks_soon = scenario.clock_steps == 0;
  return options;
}

class LoopWorld {
 public:
  explicit LoopWorld(const LoopScenario& scenario)
      : scenario_(scenario), runtime_(scenario.seed), operator_(runtime_.NewExecutor("operator", 1)) {
    ledger_.doubled = scenario.network.duplicate > 0;
    const std::array definitions = {&tickets::TicketsService(), &backlog::BacklogService(), &metrics::MetricsService()};
    for (size_t i = 0; i < definitions.size(); ++i) {
      sites_.push_back(std::make_unique<Site>(runtime_, *definitions[i], scenario.replicas[i], scenario.seed * 3 + i,
                                              [this](std::string_view feed) { return SiteOf(feed).NewChannel(); }));
      sites_[i]->SetFaults(scenario.network);
      SetDiskFaults(*sites_[i]);
    }
    for (int i = 0; i < scenario.agents; ++i) {
      executors_.push_back(runtime_.NewExecutor("agent", 1));
      agents_.push_back(std::make_unique<LoopAgent>(runtime_, executors_.back(), sites_[0]->NewChannel(),
                                                    sites_[1]->NewChannel(), ledger_, i,
                                                    OptionsFor(scenario, sites_[2]->NewChannel())));
    }
  }

  ~LoopWorld() {
    for (auto& executor : executors_) executor->Stop();
    agents_.clear();
    for (auto& site : sites_) site->StopAll();
  }

  RunResult Run() {
    for (size_t i = 0; i < sites_.size(); ++i) {
      if (static_cast<int>(i) == scenario_.away) continue;
      for (int replica = 0; replica < sites_[i]->replicas(); ++replica) Start(i, replica);
    }
    // An engine whose KPIs count all along; else one that counts in the end what was there before it.
    if (scenario_.away != 2 && scenario_.seed % 2 == 0) MakeEngine();
    for (auto& agent : agents_) agent->Start();
    while (Operations() < scenario_.operations && Step()) {
    }
    // Whoever is away bothers nobody else.
    if (scenario_.away >= 0 && IsCalm()) {
      for (size_t i = 0; i < 2; ++i) {
        const std::string name(sites_[i]->definition().name);
        if (static_cast<int>(i) != scenario_.away && ledger_.failed_attempts[name] > 0) {
          ledger_.Violation(
              fmt::format("{} calls of {} failed while another service was away", ledger_.failed_attempts[name], name));
        }
      }
    }
    Settle();
    if (ledger_.violations.empty()) Check();
    if (ledger_.violations.empty()) Converge();  // the check writes
    if (ledger_.violations.empty() && scenario_.replay) ReplayAll();
    if (ledger_.violations.empty() && scenario_.restore >= 0) RestoreOldCopy();
    return Result();
  }

 private:
  int64_t Operations() const { return static_cast<int64_t>(ledger_.operations.size()); }

  // Nothing happens but that somebody is away.
  bool IsCalm() const {
    return scenario_.power_losses + scenario_.kills + scenario_.freezes + scenario_.clock_steps == 0 &&
           scenario_.network.drop + scenario_.network.cut == 0 && scenario_.io_error + scenario_.disk_full == 0;
  }

  SiteDatabase Open(Site& site) { return SiteDatabase(site, ledger_.violations); }

  Site& SiteOf(std::string_view name) {
    return **std::ranges::find_if(sites_, [&](const auto& site) { return site->definition().name == name; });
  }

  void SetDiskFaults(Site& site) {
    site.disk().SetFaultProbability(Fault::kIoError, settling_ ? 0 : scenario_.io_error);
    site.disk().SetFaultProbability(Fault::kFull, settling_ ? 0 : scenario_.disk_full);
  }

  void Start(size_t site, int replica) {
    if (!settling_ && power_losses_ < scenario_.power_losses && runtime_.OneIn(2)) {
      sites_[site]->disk().CrashAt(static_cast<int64_t>(1 + runtime_.Uniform(1500)));
    }
    const absl::Status status = sites_[site]->Start(replica);
    if (status.ok()) return;
    if (status.code() != absl::StatusCode::kUnavailable) {
      ledger_.Violation(fmt::format("{} does not start: {}", sites_[site]->definition().name, status.ToString()));
    }
    StartLater(site, replica);
  }

  void StartLater(size_t site, int replica) {
    operator_->PostAt(runtime_.Now() + absl::Milliseconds(10 + runtime_.Uniform(3000)),
                      [this, site, replica] { Start(site, replica); });
  }

  // One task, and what befalls the machines meanwhile.
  bool Step() {
    if (!ledger_.violations.empty() || !runtime_.RunOne()) return false;
    for (size_t i = 0; i < sites_.size(); ++i) {
      if (sites_[i]->disk().crashed()) PowerLoss(i);
    }
    if (settling_) return true;
    if (scenario_.restore >= 0 && copy_.empty() && Operations() > scenario_.operations / 2) {
      copy_ = sites_[static_cast<size_t>(scenario_.restore)]->disk().TakeCopy();
    }
    if (kills_ < scenario_.kills && runtime_.OneIn(2000)) Kill();
    if (freezes_ < scenario_.freezes && runtime_.OneIn(2000)) Freeze();
    if (clock_steps_ < scenario_.clock_steps && runtime_.OneIn(1000)) StepClock();
    return true;
  }

  void PowerLoss(size_t site) {
    ++power_losses_;
    sites_[site]->StopAll();
    sites_[site]->disk().Restart();
    SetDiskFaults(*sites_[site]);
    for (int replica = 0; replica < sites_[site]->replicas(); ++replica) StartLater(site, replica);
  }

  void Kill() {
    const size_t site = runtime_.Uniform(sites_.size());
    const int replica = static_cast<int>(runtime_.Uniform(static_cast<uint64_t>(sites_[site]->replicas())));
    if (!sites_[site]->IsUp(replica)) return;
    // Every second one is told to stop, and does so in good order.
    if (++kills_ % 2 == 0) sites_[site]->Drain(replica);
    sites_[site]->Stop(replica);
    StartLater(site, replica);
  }

  void Freeze() {
    const size_t site = runtime_.Uniform(sites_.size());
    ++freezes_;
    sites_[site]->Freeze(static_cast<int>(runtime_.Uniform(static_cast<uint64_t>(sites_[site]->replicas()))));
    operator_->PostAt(runtime_.Now() + kFreezeMost * static_cast<int64_t>(runtime_.Uniform(100)) / 100,
                      [this, site] { sites_[site]->ThawAll(); });
  }

  void StepClock() {
    const size_t site = runtime_.Uniform(sites_.size());
    ++clock_steps_;
    const absl::Duration step = kClockStepMost * static_cast<int64_t>(runtime_.Uniform(201)) / 100 - kClockStepMost;
    sites_[site]->StepWall(static_cast<int>(runtime_.Uniform(static_cast<uint64_t>(sites_[site]->replicas()))), step);
  }

  // The faults stop and everybody is back: everything has to come right by itself.
  void Settle() {
    settling_ = true;
    for (size_t i = 0; i < sites_.size(); ++i) {
      sites_[i]->disk().ClearFaults();
      sites_[i]->SetFaults({});
      sites_[i]->ThawAll();
      for (int replica = 0; replica < sites_[i]->replicas(); ++replica) {
        if (!sites_[i]->IsUp(replica)) StartLater(i, replica);
      }
    }
    for (auto& agent : agents_) agent->Stop();
    MakeEngine();
    Converge();
  }

  // Unless it is there.
  void MakeEngine() {
    metrics::v1::CreateEngineRequest request;
    request.set_engine_id("shop");
    request.mutable_engine()->set_time_zone("Asia/Seoul");
    (*request.mutable_engine()->mutable_display_names())["en"] = "Shop";
    request.mutable_engine()->add_stages()->set_stage_id("all");
    (*request.mutable_engine()->mutable_stages(0)->mutable_display_names())["en"] = "All";
    const auto channel = sites_[2]->NewChannel();
    for (bool made = false; !made && ledger_.violations.empty();) {
      std::optional<rpc::Reply> reply;
      channel->Unary("/dangol.metrics.v1.EngineService/CreateEngine", request.SerializeAsString(),
                     {{}, runtime_.Now() + kEngineTimeout}, [&reply](rpc::Reply got) { reply = std::move(got); });
      while (!reply && Step()) {
      }
      if (!reply) return;
      made = reply->status.ok() || absl::IsAlreadyExists(reply->status);
      if (!made) RunFor(absl::Seconds(1));
    }
  }

  void Converge() {
    const absl::Time end = runtime_.Now() + kConvergeWithin;
    while (ledger_.violations.empty()) {
      const absl::Time look = runtime_.Now() + kLookInterval;
      while (runtime_.Now() < look && Step()) {
      }
      std::string waits_for = WaitsFor();
      if (waits_for.empty()) {
        RunFor(kRecoverWithin);
        waits_for = WaitsFor();
      }
      if (waits_for.empty()) return;
      if (runtime_.Now() > end)
        return ledger_.Violation("it did not come to rest after the faults had stopped: " + waits_for);
    }
  }

  // What is not done yet; empty: all is.
  std::string WaitsFor() {
    for (const auto& agent : agents_) {
      if (!agent->idle()) return "an agent";
    }
    std::array<int64_t, 3> heads{};
    std::list<SiteDatabase> databases;  // to open one is to read its schema
    for (size_t i = 0; i < sites_.size(); ++i) {
      if (!sites_[i]->AllUp()) return fmt::format("{} to start", sites_[i]->definition().name);
      SiteDatabase& database = databases.emplace_back(*sites_[i], ledger_.violations);
      heads[i] = database.Integer("SELECT last_seq FROM feed_head");
      const std::vector<std::string> timers = database.Rows(WorkAtHand());
      if (!timers.empty()) return "the timer " + timers[0];
      // The next one after it is weeks away.
      if (i == 1 && database.Integer("SELECT COUNT(*) FROM change WHERE check_due_time < ship_time + 86400000000") > 0)
        return "a check";
    }
    auto opened = databases.begin();
    for (const auto& site : sites_) {
      SiteDatabase& database = *opened++;
      for (const feed::Source& source : site->definition().sources) {
        const size_t upstream = source.feed == "tickets" ? 0 : source.feed == "backlog" ? 1 : 2;
        const int64_t sequence = database.Integer(
            fmt::format("SELECT COALESCE(MAX(seq), -1) FROM subscription WHERE feed = '{}'", source.feed));
        if (sequence != heads[upstream]) {
          return fmt::format("{} to follow {}: it is at {} of {}", site->definition().name, source.feed, sequence,
                             heads[upstream]);
        }
      }
      if (database.Integer("SELECT COUNT(*) FROM parked_event") > 0) return "parked events";
    }
    return "";
  }

  void Check() {
    std::vector<LoopSite> sites;
    for (auto& site : sites_) {
      sites.push_back({std::string(site->definition().name), site->NewChannel(),
                       [this, &site] { return absl::StrJoin(Open(*site).AllRows(), "\n"); }});
    }
    const auto wait = [this](const std::function<bool()>& done) {
      while (!done() && runtime_.RunOne()) {
      }
    };
    CheckLoop(runtime_, wait, sites, ledger_);
    if (ledger_.violations.empty()) CheckReasons(runtime_, wait, sites, ledger_);
  }

  // A day that closes during a replay changes metrics, too.
  void WaitForNight() {
    const absl::Time close =
        absl::FromUnixMicros(Open(*sites_[2]).Integer("SELECT COALESCE(MIN(end_time), 0) FROM open_day"));
    if (close == absl::UnixEpoch()) return;
    // By the clock of a replica, which may have been set back or forward.
    absl::Time first = absl::InfiniteFuture();
    absl::Time last = absl::InfinitePast();
    for (int replica = 0; replica < sites_[2]->replicas(); ++replica) {
      first = std::min(first, sites_[2]->WallNow(replica));
      last = std::max(last, sites_[2]->WallNow(replica));
    }
    if (close - last > kReplayWithin || close < first - kReplayWithin) return;
    RunFor(std::max(close - first, absl::ZeroDuration()) + absl::Minutes(1));
    Converge();
  }

  // A whole feed, applied again to who has applied it: nothing changes.
  void ReplayAll() {
    WaitForNight();
    std::vector<std::vector<std::string>> before;
    for (auto& site : sites_) {
      site->StopAll();
      before.push_back(Open(*site).LastingRows());
      Open(*site).Run("UPDATE subscription SET seq = 0");
    }
    for (size_t i = 0; i < sites_.size(); ++i) {
      for (int replica = 0; replica < sites_[i]->replicas(); ++replica) Start(i, replica);
    }
    Converge();
    for (size_t i = 0; i < sites_.size() && ledger_.violations.empty(); ++i) {
      sites_[i]->StopAll();
      const std::vector<std::string> after = Open(*sites_[i]).LastingRows();
      if (after == before[i]) continue;
      ledger_.Violation(
          fmt::format("a replay changed {}: {}", sites_[i]->definition().name, FirstDifference(before[i], after)));
    }
  }

  // A service goes on from an old copy of its database. Who had followed it further follows it no more, and applies
  // nothing of what happens now, until an operator says that it is another history; who had not goes on. A copy from
  // before the database was made says by itself that it is another one.
  void RestoreOldCopy() {
    for (const auto& one : sites_) StartAll(*one);
    Site& site = *sites_[static_cast<size_t>(scenario_.restore)];
    const std::string feed(site.definition().name);
    std::map<Site*, int64_t> before;  // positions of those who follow it
    for (const auto& follower : sites_) {
      if (Follows(*follower, feed)) before[follower.get()] = PositionIn(*follower, feed);
    }
    site.StopAll();
    constexpr char kIncarnation[] = "SELECT incarnation FROM feed_head";
    const std::vector<std::string> incarnation = Open(site).Rows(kIncarnation);
    site.disk().PutBack(copy_);
    StartAll(site);
    const bool is_new = Open(site).Rows(kIncarnation) != incarnation;
    const int64_t copied = Open(site).Integer("SELECT last_seq FROM feed_head");
    Create(site, static_cast<int>(runtime_.Uniform(60)));
    RunFor(kFollowWithin);
    const int64_t head = Open(site).Integer("SELECT last_seq FROM feed_head");
    for (const auto& [follower, position] : before) {
      const bool knows_more = !is_new && position > copied;
      if (PositionIn(*follower, feed) == (knows_more ? position : head) && IsBroken(*follower, feed) == knows_more)
        continue;
      ledger_.Violation(fmt::format("{} had followed {} to {}; restored to {} it went to {}: {} at {}",
                                    follower->definition().name, feed, position, copied, head,
                                    IsBroken(*follower, feed) ? "broken" : "following", PositionIn(*follower, feed)));
    }
    site.StopAll();
    if (const absl::Status status = site.RenewIncarnation(); !status.ok()) ledger_.Violation(status.ToString());
    StartAll(site);
    RunFor(kFollowWithin);
    for (const auto& [follower, position] : before) {
      if (!IsBroken(*follower, feed) &&
          PositionIn(*follower, feed) >= Open(site).Integer("SELECT last_seq FROM feed_head")) {
        continue;
      }
      ledger_.Violation(fmt::format("{} does not follow the new history of {}", follower->definition().name, feed));
    }
  }

  static bool Follows(Site& site, std::string_view feed) {
    return std::ranges::any_of(site.definition().sources, [&](const auto& source) { return source.feed == feed; });
  }
  int64_t PositionIn(Site& site, std::string_view feed) {
    return Open(site).Integer(fmt::format("SELECT seq FROM subscription WHERE feed = '{}'", feed));
  }
  bool IsBroken(Site& site, std::string_view feed) {
    return Open(site).Integer(
               fmt::format("SELECT COUNT(*) FROM subscription WHERE feed = '{}' AND broken <> ''", feed)) > 0;
  }
  void StartAll(Site& site) {
    for (int replica = 0; replica < site.replicas(); ++replica) {
      if (const absl::Status status = site.Start(replica); !status.ok()) ledger_.Violation(status.ToString());
    }
  }
  void RunFor(absl::Duration duration) {
    const absl::Time end = runtime_.Now() + duration;
    while (runtime_.Now() < end && Step()) {
    }
  }

  // As many tickets, or changes, as a new history is to have.
  void Create(Site& site, int count) {
    tickets::v1::CreateTicketRequest ticket;
    ticket.mutable_ticket()->set_subject("after the restore");
    backlog::v1::CreateChangeRequest change;
    change.mutable_change()->set_title("after the restore");
    const bool is_tickets = site.definition().name == "tickets";
    const auto channel = site.NewChannel();
    for (int i = 0; i < count; ++i) {
      bool done = false;
      channel->Unary(is_tickets ? "/dangol.tickets.v1.TicketService/CreateTicket"
                                : "/dangol.backlog.v1.ChangeService/CreateChange",
                     is_tickets ? ticket.SerializeAsString() : change.SerializeAsString(), {},
                     [this, &done](rpc::Reply reply) {
                       done = true;
                       if (!reply.status.ok()) ledger_.Violation(reply.status.ToString());
                     });
      while (!done && Step()) {
      }
    }
  }

  RunResult Result() {
    RunResult result;
    for (auto& site : sites_) result.digest = result.digest * 31 + site->disk().digest();
    result.digest = result.digest * 31 + static_cast<uint64_t>(runtime_.steps());
    result.operations = Operations();
    for (const Operation& operation : ledger_.operations) {
      result.acknowledged += operation.outcome == Outcome::kAcknowledged;
      result.refused += operation.outcome == Outcome::kRefused;
      result.unknown += operation.outcome == Outcome::kUnknown;
    }
    for (size_t i = 0; i < 2 && ledger_.violations.empty(); ++i) {
      result.events += Open(*sites_[i]).Integer("SELECT last_seq FROM feed_head");
    }
    result.violations = ledger_.violations;
    result.power_losses = power_losses_;
    result.kills = kills_;
    return result;
  }

  const LoopScenario scenario_;
  SimulatedRuntime runtime_;
  LoopLedger ledger_;
  std::unique_ptr<Executor> operator_;  // the person or the supervisor who starts servers again
  std::vector<std::unique_ptr<Site>> sites_;
  std::vector<std::shared_ptr<Executor>> executors_;  // of the agents
  std::vector<std::unique_ptr<LoopAgent>> agents_;
  MemoryVfs::Copy copy_;  // of the disk that is to be restored, from the middle of the run
  int power_losses_ = 0;
  int kills_ = 0;
  int freezes_ = 0;
  int clock_steps_ = 0;
  bool settling_ = false;
};

}  // namespace

LoopScenario LoopScenario::Draw(uint64_t seed) {
  SimulatedRuntime random(seed ^ 0x10095eed);
  const auto one_of = [&](std::initializer_list<double> values) {
    return values.begin()[random.Uniform(values.size())];
  };
  LoopScenario scenario;
  scenario.seed = seed;
  scenario.agents = static_cast<int>(1 + random.Uniform(5));
  scenario.operations = static_cast<int64_t>(30 + random.Uniform(70));
  for (int& replicas : scenario.replicas) replicas = random.OneIn(3) ? 2 : 1;
  scenario.replay = random.OneIn(4);
  if (random.OneIn(5)) {
    scenario.away = static_cast<int>(random.Uniform(3));
    return scenario;
  }
  scenario.power_losses = static_cast<int>(random.Uniform(4));
  scenario.kills = static_cast<int>(random.Uniform(5));
  scenario.freezes = static_cast<int>(random.Uniform(3));
  scenario.network.drop = one_of({0, 0.01, 0.1});
  scenario.network.duplicate = one_of({0, 0.05, 0.3});
  scenario.network.cut = one_of({0, 0.02, 0.2});
  scenario.network.delay_max = absl::Microseconds(one_of({100, 2000, 300'000}));
  scenario.io_error = one_of({0, 0, 0.0005, 0.002});
  scenario.disk_full = one_of({0, 0, 0.001, 0.005});
  scenario.clock_steps = static_cast<int>(random.Uniform(4));
  if (random.OneIn(4)) scenario.restore = static_cast<int>(random.Uniform(2));
  return scenario;
}

std::string LoopScenario::ToString() const {
  return fmt::format(
      "seed={} agents={} operations={} replicas={}+{}+{} power_losses={} kills={} freezes={} clock_steps={} away={} replay={} restore={} drop={} duplicate={} "
      "cut={} delay_max={} io_error={} disk_full={}",
      seed, agents, operations, replicas[0], replicas[1], replicas[2], power_losses, kills, freezes, clock_steps, away,
      replay, restore, network.drop, network.duplicate, network.cut, absl::FormatDuration(network.delay_max), io_error,
      disk_full);
}

RunResult Run(const LoopScenario& scenario) { return LoopWorld(scenario).Run(); }

}  // namespace dangol::simulation
