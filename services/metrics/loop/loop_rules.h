// What events make of a ticket's chain and of a change: pure, without SQL, clock or identity. What is true is copied
// from the facts that events carry; no rule of another service is repeated here. What happened becomes a step.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/metrics/v1/loop.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"

namespace dangol::metrics {

// How a ticket was answered when its customer rated it.
enum class Answer { kNone, kResolved, kChanged, kNotYet };

// What is known of one ticket. Of the loop, what its change is like and the steps are not set.
struct Chain {
  v1::Loop loop;
  int64_t version = 0;                       // of the ticket
  bool recurrence = false;                   // it came back, or happened, after its change had shipped
  std::string stage = "";                    // `engines/{engine}/stages/{stage}`; empty: not assigned
  bool internal = false;                     // of somebody who works there
  bool imported = false;                     // history of another system
  std::string capability_gap = "";           // for which it is NOT_YET, of what comes from outside; empty: it is not
  std::string customer_id = "";              // as the ticket has it; empty: nobody known
  std::optional<absl::Time> told_time = {};  // when the customer was told of the answer
  tickets::v1::Decision::Kind first_decision = tickets::v1::Decision::KIND_UNSPECIFIED;
  std::optional<absl::Time> change_decide_time = {};  // when its change was decided, as far as that is known
  // When it was first answered, and then first opened again by the customer; an answer that was a mistake or whose
  // shipment was taken back is none. The same of NOT_YET and an appeal.
  std::optional<absl::Time> first_answer_time = {}, reopen_time = {}, first_decline_time = {}, appeal_time = {};
  int32_t outcome_rating = 0;  // 0: the customer said nothing
  int32_t handling_rating = 0;
  std::optional<absl::Time> rate_time = {};
  Answer rated_answer = Answer::kNone;  // what was rated then
  bool may_ask = false;                 // the customer agreed to be asked
  bool found_mended = false;            // somebody had found its change mended before it was answered
  std::string heard_by = "";            // the member who first read all of it, by id; empty: nobody
  bool by_maker = false;                // that member is one who makes the product, as far as that is known
  // How much working time had passed since it was received; absent: it did not happen, or nobody had said when somebody
  // works. In seconds.
  std::optional<int64_t> response_work = {}, decision_work = {}, loop_work = {};
};

struct ChainStep {
  v1::Step step;
  int64_t sequence = 0;  // of the event
  int64_t version = 0;   // of the ticket or change after it; 0: it did not change it
  // Where the state changed; a ticket that was made left STATE_UNSPECIFIED.
  std::optional<tickets::v1::Ticket::State> entered, left;
};
using ChainSteps = std::vector<ChainStep>;

// It was answered without that anything changes.
bool IsResolved(const v1::Loop& loop);
// A shipped change answered it.
bool IsAnsweredByChange(const v1::Loop& loop);

// What is true of a ticket after an event.
void CopyFacts(const tickets::v1::TicketFacts& facts, Chain& chain);
// The same of one of several that followed a decision of the backlog.
void CopyFacts(const tickets::v1::TicketsFollowed& followed, const tickets::v1::FollowedTicket& ticket, Chain& chain);
// When something first happened to a ticket that an event brought from `before` to `after`.
void NoteTimes(const tickets::v1::TicketEvent& event, const Chain& before, Chain& after);
// What happened to a ticket by an event, with the ticket as it was and as it is.
ChainSteps StepsOf(const tickets::v1::TicketEvent& event, const Chain& before, const Chain& after);

// What is known of one change from the backlog: name, title, state, times and the number of shipments.
struct KnownChange {
  v1::LoopSummary summary;
  int64_t version = 0;
  std::string stage = "";
  std::optional<absl::Time> decide_time = {};
  backlog::v1::Change::Strategy strategy = backlog::v1::Change::STRATEGY_UNSPECIFIED;
  int32_t effort_percent = 0;  // 0: not estimated
};

void CopyFacts(const backlog::v1::ChangeFacts& facts, KnownChange& change);
// What happened to a change by an event; nothing where it is about demands.
ChainSteps StepsOf(const backlog::v1::ChangeEvent& event);

// The changes that steps of a ticket, oldest first, say it was linked to, and until when what happens to them concerns
// it: as long as it is linked. A change that was dropped stays, since that is how the link ended.
std::map<std::string, absl::Time> ConcernedUntil(const ChainSteps& steps);

// Both in order of time; where times tie a change's step comes just before what it caused. `most` of the newest.
std::vector<v1::Step> Merge(const ChainSteps& of_ticket, const ChainSteps& of_changes, size_t most);

}  // namespace dangol::metrics
