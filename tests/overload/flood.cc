#include "tests/overload/flood.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/rpc/grpc_channel.h"

namespace dangol::testing {
namespace {

constexpr size_t kUnexpectedKept = 5;
// Of each call: nothing may be left without an answer for longer.
constexpr absl::Duration kCallTimeout = absl::Minutes(2);
// For what was not a refusal.
constexpr absl::Duration kPauseAfterError = absl::Milliseconds(100);

}  // namespace

double Percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, place);
  return *place;
}

std::string Tally::ToString() const {
  std::string text = fmt::format("{} accepted (median {:.0f} ms, 99 % {:.0f} ms)", accepted(),
                                 Percentile(accepted_ms, 0.5), Percentile(accepted_ms, 0.99));
  if (refused_ms.empty()) return text + ", none refused";
  text += fmt::format(", {} refused (median {:.0f} ms, 99 % {:.0f} ms)", refused(), Percentile(refused_ms, 0.5),
                      Percentile(refused_ms, 0.99));
  for (const auto& [reason, count] : refusals) text += fmt::format(", {} {}", count, reason);
  return text;
}

Flood::Flood(const std::string& address, int connections) : thread_([this] { SendDelayed(); }) {
  for (int i = 0; i < connections; ++i) channels_.push_back(rpc::NewGrpcChannel(address, {.wait_for_ready = true}));
}

Flood::~Flood() { Stop(); }

void Flood::Keep(int calls, std::string_view method, const std::string& request) {
  Start(calls, true, method, request);
}

void Flood::Burst(int calls, std::string_view method, const std::string& request) {
  Start(calls, false, method, request);
}

void Flood::Start(int calls, bool again, std::string_view method, const std::string& request) {
  for (int i = 0; i < calls; ++i) {
    Send(std::make_shared<const Lane>(Lane{i, again, std::string(method), request}));
  }
}

void Flood::Stop() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    delayed_changed_.notify_all();
    all_answered_.wait(lock, [this] { return open_ == 0; });
  }
  if (thread_.joinable()) thread_.join();
}

Tally Flood::tally() const {
  std::lock_guard lock(mutex_);
  return tally_;
}

void Flood::Send(const std::shared_ptr<const Lane>& lane) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    ++open_;
  }
  const auto start = std::chrono::steady_clock::now();
  channels_[static_cast<size_t>(lane->number) % channels_.size()]->Unary(
      lane->method, lane->request, {{}, absl::Now() + kCallTimeout}, [this, lane, start](const rpc::Reply& reply) {
        OnAnswer(lane, reply.status, absl::FromChrono(std::chrono::steady_clock::now() - start));
      });
}

void Flood::OnAnswer(const std::shared_ptr<const Lane>& lane, const absl::Status& status, absl::Duration time) {
  if (status.ok() && lane->again) Send(lane);  // while this call still counts: so Stop waits for the next one too
  std::lock_guard lock(mutex_);
  Count(status, absl::ToDoubleMilliseconds(time));
  if (!status.ok() && lane->again) {
    delayed_.emplace(absl::Now() + std::max(RetryDelay(status), kPauseAfterError), lane);
    delayed_changed_.notify_all();
  }
  if (--open_ == 0) all_answered_.notify_all();
}

void Flood::Count(const absl::Status& status, double ms) {
  if (status.ok()) {
    tally_.accepted_ms.push_back(ms);
  } else if (status.code() == absl::StatusCode::kResourceExhausted && RetryDelay(status) > absl::ZeroDuration()) {
    tally_.refused_ms.push_back(ms);
    ++tally_.refusals[ErrorReason(status)];
  } else if (tally_.unexpected.size() < kUnexpectedKept) {
    tally_.unexpected.push_back(status.ToString());
  }
}

void Flood::SendDelayed() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (delayed_.empty()) {
      delayed_changed_.wait(lock);
    } else if (delayed_.begin()->first > absl::Now()) {
      delayed_changed_.wait_for(lock, absl::ToChronoMicroseconds(delayed_.begin()->first - absl::Now()));
    } else {
      const std::shared_ptr<const Lane> lane = delayed_.extract(delayed_.begin()).mapped();
      lock.unlock();
      Send(lane);
      lock.lock();
    }
  }
}

}  // namespace dangol::testing
