// What is said in the demonstration: hand-written pieces, of which each complaint is composed. Each text is a list of
// pieces, one a line; `{dish}` stands for one of the shop's dishes, `{n}` for a small number.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::demo {

// What customers say of one contact reason, and what they are answered.
struct ReasonText {
  std::string_view reason;  // such as `delivery/late`
  std::string_view stage;   // of the engine
  tickets::v1::Ticket::Kind kind = tickets::v1::Ticket::COMPLAINT;
  std::string_view subjects;
  std::string_view happened;
  std::string_view details;
  std::string_view wishes;
  std::string_view heard;     // what the listener understood
  std::string_view remedies;  // what is given to this one customer
  std::string_view replies;
};

// How a contact reason, or one above it, is called.
struct ReasonName {
  std::string_view path;
  std::string_view name;
};

// One change of the shop, in the order of kChanges in demo_plan.h.
struct ChangeText {
  std::string_view id;
  std::string_view title;
  std::string_view description;
  std::string_view rationale;
  std::string_view note;      // to customers, when it ships
  std::string_view comments;  // of colleagues
  std::string_view returned;  // what those say who complain again
};

struct MemberText {
  std::string_view id;
  std::string_view name;
};

struct DemoText {
  std::string_view language;
  std::string_view locale;
  std::string_view time_zone;
  std::string_view shop;
  std::array<MemberText, 6> members;  // lead, apply, experience, decision, regular, developer
  std::string_view dishes;
  std::string_view family_names;
  std::string_view given_names;
  bool family_name_first = false;
  std::string_view openings;
  std::string_view endings;
  std::vector<ReasonName> reason_names;  // each behind the one above it
  std::vector<ReasonText> reasons;
  std::vector<ChangeText> changes;
  std::string_view decline;  // what a customer is told whose wish cannot be met yet
  std::string_view revisit;
  std::string_view jars_revisit;  // when tubs could be taken back
  std::string_view content;       // of a customer who rates well
  std::string_view discontent;    // of one who does not
  std::string_view accepted;      // to whose complaint is accepted into a change
  std::string_view apology;       // to who is not content
  std::string_view thanks;        // to who is, and says so
  std::string_view follow_up;     // to those whose change shipped
  std::string_view remarks;       // about numbers
  std::string_view remark_replies;
  std::string_view missing_note;  // of a day that is not applicable
  std::string_view agreement;
  std::string_view concern;
  std::string_view revision_note;
  std::string_view new_step;
};

// `ko` or `en`.
const DemoText& TextOf(std::string_view language);
const DemoText& KoreanText();
const DemoText& EnglishText();

}  // namespace dangol::demo
