// What a member is told once a day: what waits in all services.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "cli/command/client.h"
#include "dangol/backlog/v1/change.pb.h"
#include "dangol/metrics/v1/digest.pb.h"
#include "dangol/metrics/v1/engine.pb.h"
#include "dangol/metrics/v1/kpi.pb.h"
#include "dangol/metrics/v1/member.pb.h"
#include "dangol/metrics/v1/report.pb.h"

namespace dangol::cli {

// The services that are asked.
struct DigestClients {
  Client& tickets;
  Client& backlog;
  Client& metrics;
  absl::Duration timeout;
};

// What all members of a run have in common.
struct Company {
  std::vector<dangol::metrics::v1::Member> members;
  std::vector<dangol::metrics::v1::Engine> engines;
  std::vector<dangol::metrics::v1::Kpi> kpis;
  std::vector<dangol::backlog::v1::Change> undecided;
  std::vector<dangol::backlog::v1::Change> to_conclude;
  std::vector<dangol::backlog::v1::Change> to_keep;
};
absl::StatusOr<Company> AskCompany(DigestClients& clients, absl::Time now);

struct DigestContent {
  dangol::metrics::v1::Due due;
  std::vector<dangol::backlog::v1::Change> decisions;  // to be decided
  std::vector<dangol::backlog::v1::Change> questions;  // of what shipped: did it help, can it be kept
  std::vector<std::string> revisits;                   // tickets that were declined: is it possible by now?
  std::vector<dangol::metrics::v1::Report> reports;

  bool empty() const;
};
// Of a member whose message is due.
absl::StatusOr<DigestContent> AskContent(DigestClients& clients, const Company& company,
                                         const dangol::metrics::v1::Member& member, dangol::metrics::v1::Due due);

}  // namespace dangol::cli
