#include "services/gateway/suite_metrics.h"

#include <functional>
#include <string_view>

namespace dangol::gateway {
namespace {

using dangol::api::v1::GetStatusResponse;
using dangol::api::v1::SubscriptionStatus;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

struct ServiceMetric {
  std::string_view name;
  std::string_view help;
  MetricType type;
  std::function<double(const GetStatusResponse&)> value;
};

struct FeedMetric {
  std::string_view name;
  std::string_view help;
  std::function<double(const SubscriptionStatus&)> value;
};

#define FIELD(field) [](const auto& status) { return static_cast<double>(status.field()); }

const std::vector<ServiceMetric>& OfServices() {
  static const auto& metrics = *new std::vector<ServiceMetric>{
      {"dangol_serving", "1 where reads and writes are taken; 0: reads only, or shutting down.", MetricType::Gauge,
       [](const GetStatusResponse& status) { return status.state() == GetStatusResponse::SERVING ? 1.0 : 0.0; }},
      {"dangol_start_time_seconds", "When the process began to serve.", MetricType::Gauge,
       [](const GetStatusResponse& status) { return static_cast<double>(status.start_time().seconds()); }},
      {"dangol_feed_sequence", "Position of the newest event.", MetricType::Gauge, FIELD(feed_sequence)},
      {"dangol_commits_total", "Transactions committed.", MetricType::Counter, FIELD(commits)},
      {"dangol_writes_total", "Writes committed.", MetricType::Counter, FIELD(writes)},
      {"dangol_write_queue_calls", "Calls that wait for the writer.", MetricType::Gauge, FIELD(write_queue_calls)},
      {"dangol_write_queue_bytes", "Bytes of these calls.", MetricType::Gauge, FIELD(write_queue_bytes)},
      {"dangol_read_queue_calls", "Reads that wait for a reader.", MetricType::Gauge, FIELD(read_queue_calls)},
      {"dangol_open_streams", "Streams that are open.", MetricType::Gauge, FIELD(open_streams)},
      {"dangol_wal_bytes", "Of the write-ahead log.", MetricType::Gauge, FIELD(wal_bytes)},
      {"dangol_database_bytes", "Of the database.", MetricType::Gauge, FIELD(database_bytes)},
      {"dangol_pending_timers", "Timers that wait for their time.", MetricType::Gauge, FIELD(pending_timers)},
      {"dangol_overdue_timers", "Timers that should have fired, 100 at most.", MetricType::Gauge,
       FIELD(overdue_timers_size)},
  };
  return metrics;
}

const std::vector<FeedMetric>& OfFeeds() {
  static const auto& metrics = *new std::vector<FeedMetric>{
      {"dangol_subscription_broken", "1 where an operator has to look.",
       [](const SubscriptionStatus& status) { return status.state() == SubscriptionStatus::BROKEN ? 1.0 : 0.0; }},
      {"dangol_subscription_connected", "1 where the feed is followed, by this replica or another one.",
       [](const SubscriptionStatus& status) {
         const bool follows =
             status.state() == SubscriptionStatus::FOLLOWING || status.state() == SubscriptionStatus::STANDBY;
         return follows ? 1.0 : 0.0;
       }},
      {"dangol_subscription_lag_events", "Events that are known of and not applied yet.", FIELD(lag_events)},
      {"dangol_subscription_lag_seconds", "For how long the oldest of them has waited.", FIELD(lag_seconds)},
      {"dangol_subscription_parked_events", "Events that wait for an operator.", FIELD(parked_events)},
  };
  return metrics;
}

ClientMetric Value(std::vector<ClientMetric::Label> labels, MetricType type, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return metric;
}

MetricFamily Family(std::string_view name, std::string_view help, MetricType type) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

}  // namespace

std::vector<MetricFamily> SuiteMetrics(const SuiteStatus& suite) {
  std::vector<MetricFamily> families = {Family("dangol_up", "1 where the service answers.", MetricType::Gauge)};
  for (const auto& [name, status] : suite) {
    families[0].metric.push_back(Value({{"service", name}}, MetricType::Gauge, status ? 1 : 0));
  }
  for (const ServiceMetric& metric : OfServices()) {
    MetricFamily& family = families.emplace_back(Family(metric.name, metric.help, metric.type));
    for (const auto& [name, status] : suite) {
      if (status) family.metric.push_back(Value({{"service", name}}, metric.type, metric.value(*status)));
    }
  }
  for (const FeedMetric& metric : OfFeeds()) {
    MetricFamily& family = families.emplace_back(Family(metric.name, metric.help, MetricType::Gauge));
    for (const auto& [name, status] : suite) {
      if (!status) continue;
      for (const SubscriptionStatus& feed : status->subscriptions()) {
        family.metric.push_back(
            Value({{"service", name}, {"feed", feed.feed()}}, MetricType::Gauge, metric.value(feed)));
      }
    }
  }
  return families;
}

}  // namespace dangol::gateway
