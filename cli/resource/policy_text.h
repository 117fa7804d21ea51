// The triage policy as lines that a person reads, and its parts as flags say them.
#pragma once

#include <string>

#include "dangol/tickets/v1/policy.pb.h"

namespace dangol::cli {

std::string PolicyText(const dangol::tickets::v1::TriagePolicy& policy);

// Parts of a policy, added to it. What is wrong with the text; empty: nothing.

// `mon-fri=09:00-12:00,13:00-18:00`
std::string AddHours(const std::string& text, dangol::tickets::v1::TriagePolicy& policy);
// `critical=30/240`: minutes of work to a reply and to a decision.
std::string AddTimes(const std::string& text, dangol::tickets::v1::TriagePolicy& policy);
// `KRW=50000`: what may be given to one customer without asking.
std::string AddLimit(const std::string& text, dangol::tickets::v1::TriagePolicy& policy);
// `contact-reason=delivery,channel=email,severity=high,label=vip,assignee=kim,stage=shop/experience`
std::string AddRule(const std::string& text, dangol::tickets::v1::TriagePolicy& policy);

}  // namespace dangol::cli
