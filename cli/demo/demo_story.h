// What happens in the shop, in order of time. Everything is done by calls of the services, as people would.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

#include "cli/demo/demo_dice.h"
#include "cli/demo/demo_suite.h"
#include "cli/demo/demo_text.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::demo {

// Not thread-safe.
class Story {
 public:
  using Deed = std::function<absl::Status()>;

  // From the beginning of a day, kDays before that of `end`, until `end`.
  Story(DemoSuite& suite, const DemoText& text, uint64_t seed, absl::Time end);

  const DemoText& text() const { return text_; }
  Dice& dice() { return dice_; }
  absl::Time Now() { return suite_.Now(); }

  // Of the shop's days.
  absl::Time At(int day, double hour) const;
  std::string DayName(int day) const;  // such as `2026-11-24`
  int DayOf(absl::Time time) const;
  int Weekday(int day) const;  // 0: Monday
  // The next time from then on at which somebody works: Monday to Saturday, nine to six.
  absl::Time Working(absl::Time time) const;

  // What is to be done then, unless the story has ended by then.
  void Plan(absl::Time time, Deed deed);
  // Does what is planned, and what that plans, to the end.
  absl::Status Run();

  // As DemoSuite::Call.
  absl::Status Call(std::string_view method, const google::protobuf::Message& request,
                    google::protobuf::Message* response = nullptr) {
    return suite_.Call(method, request, response);
  }

  // `members/{member}`: 0 leads, 1 to 4 own the stages in their order, 5 develops.
  std::string Member(size_t number) const;
  // The member who owns the stage.
  std::string OwnerOf(std::string_view stage) const;
  std::string StageName(std::string_view stage) const;
  // A person writes to the customer.
  absl::Status Reply(const std::string& ticket, std::string_view text);
  // Rates what became of a ticket. Who is not content, or says something, hears from a person a day later.
  absl::Status Rate(tickets::v1::RateTicketRequest request, bool content);
  // One of the lines, its places filled.
  std::string Say(std::string_view lines);

  // Orders of a day, from which the complaints come.
  int OrdersOf(int day);

 private:
  DemoSuite& suite_;
  const DemoText& text_;
  Dice dice_;
  const absl::TimeZone zone_;
  const absl::Time end_;
  const absl::CivilDay first_;
  int64_t planned_ = 0;
  std::map<std::pair<absl::Time, int64_t>, Deed> plan_;
  std::vector<int> orders_;
};

inline constexpr std::string_view kEngineName = "engines/shop";

// What happened on one day, as whoever counts it sees it.
struct DayNumbers {
  int visits = 0;
  int sign_ups = 0;
  int promised = 0;  // deliveries
  int arrived = 0;   // of these, on time
  int first_uses = 0;
  int orders = 0;
  int revenue = 0;
  int regulars = 0;
  int referrals = 0;
  int points = 0;  // of all who rated
  int raters = 0;
};

// The parts of the story; each plans what it consists of. They must stay until the story has run.
class EnginePart {
 public:
  explicit EnginePart(Story& story);
  void Plan();

 private:
  absl::Status Members();
  absl::Status FoundEngine();
  absl::Status SetTargets();
  absl::Status Acknowledge(int64_t revision);
  absl::Status Revise();
  // The owner of the stage enters the day's numbers.
  absl::Status Enter(std::string_view stage, int day);
  absl::Status Correct(int day);
  absl::Status Review(int day, size_t member);
  absl::Status Remark(int day, std::string_view kpi, size_t line, int reply);

  Story& story_;
  std::vector<DayNumbers> numbers_;
};

class ChangePart {
 public:
  explicit ChangePart(Story& story);
  void Plan();

  // The change that such a ticket is accepted into now; empty: none.
  std::string ChangeFor(size_t reason);
  // A ticket was accepted into it.
  void Accepted(size_t reason, const std::string& ticket);
  // Of the complaints of this reason so many are left.
  double Left(size_t reason, int day) const;

 private:
  struct Progress {
    bool proposed = false;
    bool shipped = false;
    bool dropped = false;
    int recurrences = 0;
    std::vector<std::string> tickets;
  };
  absl::Status Propose(size_t number);
  absl::Status Decide(size_t number);
  absl::Status Start(size_t number);
  absl::Status Ship(size_t number);
  absl::Status Drop(size_t number);
  absl::Status Comment(size_t number, size_t line);
  absl::Status Follow(size_t number);
  absl::Status Return(size_t number, size_t ticket);
  std::string Name(size_t number) const;

  Story& story_;
  std::vector<Progress> progress_;
};

class TicketPart {
 public:
  TicketPart(Story& story, ChangePart& changes);
  void Plan();

 private:
  struct Person {
    std::string name;
    std::string email;
    std::string id;
  };
  absl::Status Agree();
  absl::Status NameReasons();
  absl::Status Day(int day);
  // Of those who come as often as is usual, the ones of a day; what is left of one comes on a later day.
  int Due(size_t reason, double mean);
  absl::Status Come(size_t reason);
  absl::Status Hear(const std::string& ticket, size_t reason);
  absl::Status Decide(const std::string& ticket, size_t reason);
  absl::Status Resolve(const std::string& ticket, size_t reason);
  absl::Status Rate(const std::string& ticket, bool content);

  Story& story_;
  ChangePart& changes_;
  std::vector<Person> people_;
  std::vector<double> due_;  // of each reason
};

}  // namespace dangol::demo
