// What happens in the half year: how often customers complain of what, and what is done about it when. Days count from
// the first one.
#pragma once

#include <array>
#include <string_view>

namespace dangol::demo {

inline constexpr int kDays = 182;
// The shop's birthday: more orders than it can carry.
inline constexpr int kSeasonFirst = 98;
inline constexpr int kSeasonDays = 7;
// Then it is closed for a day.
inline constexpr int kRestDay = kSeasonFirst + kSeasonDays;
// The day of the broken van.
inline constexpr int kBadDay = 128;

constexpr bool IsSeason(int day) { return day >= kSeasonFirst && day < kSeasonFirst + kSeasonDays; }

// Of each 1,000 orders so many customers write of a reason, in the order of DemoText::reasons.
inline constexpr std::array<double, 12> kPerThousandOrders = {13, 9.5, 7, 6, 5.5, 4, 1.4, 4, 2.8, 2.8, 7, 6};

// One change. A day of -1: that does not happen.
struct ChangePlan {
  size_t reason;  // index in DemoText::reasons
  int propose;
  int plan;
  int start;
  int ship;
  int drop;
  double after;          // how many complaints are left after it shipped; 1: as many as before
  int recurrences_most;  // tickets that are accepted although it has shipped
  int impact;
  int effort;
};

// In the order of DemoText::changes. Two that worked, one that did nothing, one that made it worse; one that is new,
// and some on their way.
inline constexpr std::array<ChangePlan, 8> kChanges = {{
    {1, 9, 19, 24, 58, -1, 0.22, 2, 200, 80},
    {0, 14, 27, 33, 72, -1, 0.42, 2, 300, 150},
    {2, 20, 31, 40, 63, -1, 1.0, 2, 100, 20},
    {3, 12, 22, 26, 61, -1, 2.8, 12, 100, 30},
    {5, 40, 75, 90, 171, -1, 0.6, 1, 150, 120},
    {7, 100, 148, 160, -1, -1, 1.0, 0, 100, 100},
    {4, 160, -1, -1, -1, -1, 1.0, 0, 100, 200},
    {9, 60, -1, -1, -1, 85, 1.0, 0, 150, 400},
}};

// The reason whose wishes are declined: not yet.
inline constexpr size_t kDeclinedReason = 8;

}  // namespace dangol::demo
