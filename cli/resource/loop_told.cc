#include "cli/resource/loop_told.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

#include "cli/output/names.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Step;

std::string By(const Step& step) { return step.decided_by().empty() ? "" : fmt::format(", by {}", step.decided_by()); }

// A reason that has a name, in words; a label as it is.
std::string Because(const Step& step) {
  const std::string& detail = step.detail();
  if (detail.empty()) return "";
  const bool has_name = std::ranges::all_of(detail, [](char c) { return absl::ascii_isupper(c) || c == '_'; });
  return ": " + (has_name ? InWords(detail) : detail);
}

std::string Shipment(const Step& step) { return fmt::format("shipment {}", IdOf(step.shipment())); }

std::string ShipmentInKorean(const Step& step) { return fmt::format("출시 {}", IdOf(step.shipment())); }

std::string InEnglish(const Step& step) {
  const std::string& change = step.change();
  switch (step.kind()) {
    case Step::RECEIVED:
      return "the company received it";
    case Step::HEARD:
      return "a person read all of it";
    case Step::REPLIED:
      return "the customer got a reply";
    case Step::CUSTOMER_WROTE:
      return "the customer wrote again";
    case Step::ACCEPTED:
      return fmt::format("it was accepted into {}", change);
    case Step::CONFIRMED:
      return fmt::format("{} counts it", change);
    case Step::DECLINED:
      return fmt::format("not yet, it was said{}{}", Because(step), By(step));
    case Step::RESOLVED:
      return fmt::format("it was answered, and nothing changed{}{}", Because(step), By(step));
    case Step::CHANGE_PROPOSED:
      return fmt::format("{} was proposed", change);
    case Step::CHANGE_PLANNED:
      return fmt::format("{} was planned{}", change, By(step));
    case Step::CHANGE_STARTED:
      return fmt::format("work on {} began{}", change, By(step));
    case Step::CHANGE_SHIPPED:
      return fmt::format("{}{} shipped{}", step.detail() == "PARTIAL" ? "a part of " : "", change, By(step));
    case Step::ANSWERED:
      return fmt::format("{} answered it{}", Shipment(step),
                         step.detail() == "LATE" ? ": it came late, and the change was there" : "");
    case Step::RECURRED:
      return step.detail() == "NOT_FIXED" ? fmt::format("it came back: {} had not mended it", change)
                                          : fmt::format("it happened although {} had shipped", change);
    case Step::REOPENED:
      if (step.detail() == "MISTAKE") return "it was opened again: that was a mistake of ours";
      return step.detail() == "APPEAL" ? "the customer appealed" : "the customer was not satisfied";
    case Step::UNLINKED:
      return fmt::format("it was taken out of {}", change);
    case Step::MOVED:
      return fmt::format("it was moved to {}", change);
    case Step::CHANGE_DROPPED:
      return fmt::format("{} was dropped{}{}", change, By(step), Because(step));
    case Step::RETURNED:
      return fmt::format("{} gave it back: a reply is owed", change);
    case Step::REFUSED:
      return fmt::format("{} did not take it{}", change, Because(step));
    case Step::CLOSED:
      return fmt::format("it was closed{}", Because(step));
    case Step::REVERTED:
      return fmt::format("{} was taken back: it waits again, and a reply is owed", Shipment(step));
    case Step::SHIPMENT_REVERTED:
      return fmt::format("{} of {} was taken back{}", Shipment(step), change, Because(step));
    case Step::CHANGE_REGRESSED:
      return fmt::format("{} did not hold{}", change, Because(step));
    case Step::CHANGE_VERIFIED:
      return fmt::format("{} did what was expected", change);
    case Step::CHANGE_RECONSIDERED:
      return fmt::format("{} is thought about again", change);
    case Step::CHANGE_MERGED:
      return fmt::format("{} took the place of {}", step.detail(), change);
    case Step::UPDATED:
    case Step::KIND_UNSPECIFIED:
    case dangol::metrics::v1::Step_Kind_Step_Kind_INT_MIN_SENTINEL_DO_NOT_USE_:
    case dangol::metrics::v1::Step_Kind_Step_Kind_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return "something happened that this version of dangol does not know";
}

// Of a reason that has a name, its name; of a label itself.
std::string InKorean(const std::string& detail) {
  static const std::map<std::string, std::string>& words =
      *new std::map<std::string, std::string>{{"UNSUSTAINABLE", "계속할 수 없음"},
                                              {"BEYOND_CAPABILITY", "지금은 못 함"},
                                              {"INFORMED", "알려 드림"},
                                              {"RELIEF_GIVEN", "이번만 도와드림"},
                                              {"THANKED", "고맙다고 전함"},
                                              {"NOT_OURS", "우리 일이 아님"},
                                              {"WITHDRAWN", "고객이 거둠"},
                                              {"IMPORTED", "가져온 기록"},
                                              {"CHANGE_NOT_FOUND", "그런 변경이 없음"},
                                              {"CHANGE_DROPPED", "그만둔 변경"},
                                              {"RECURRENCES", "다시 온 불만"},
                                              {"CRITICAL", "심각한 불만"},
                                              {"REVERTED", "되돌린 출시"},
                                              {"EFFECT", "효과"}};
  const auto found = words.find(detail);
  return found == words.end() ? detail : found->second;
}

// Behind what was done: why, and by whom.
std::string WhyInKorean(const Step& step) {
  std::string text = step.detail().empty() ? "" : fmt::format(": {}", InKorean(step.detail()));
  if (!step.decided_by().empty()) text += fmt::format(" ({})", step.decided_by());
  return text;
}

// In nouns, as a history is written; names of changes stand so that no particle depends on them.
std::string InKorean(const Step& step) {
  const std::string& change = step.change();
  switch (step.kind()) {
    case Step::RECEIVED:
      return "받음";
    case Step::HEARD:
      return "사람이 다 읽음";
    case Step::REPLIED:
      return "고객에게 답장함";
    case Step::CUSTOMER_WROTE:
      return "고객이 다시 씀";
    case Step::ACCEPTED:
      return fmt::format("{}에 반영", change);
    case Step::CONFIRMED:
      return fmt::format("{}에 들어감", change);
    case Step::DECLINED:
      return fmt::format("아직 못 한다고 답함{}", WhyInKorean(step));
    case Step::RESOLVED:
      return fmt::format("바꾸지 않고 답함{}", WhyInKorean(step));
    case Step::CHANGE_PROPOSED:
      return fmt::format("{} 제안", change);
    case Step::CHANGE_PLANNED:
      return fmt::format("{} 하기로 결정{}", change,
                         step.decided_by().empty() ? "" : fmt::format(" ({})", step.decided_by()));
    case Step::CHANGE_STARTED:
      return fmt::format("{} 착수{}", change, WhyInKorean(step));
    case Step::CHANGE_SHIPPED:
      return fmt::format("{} {}출시{}", change, step.detail() == "PARTIAL" ? "일부 " : "",
                         step.decided_by().empty() ? "" : fmt::format(" ({})", step.decided_by()));
    case Step::ANSWERED:
      return fmt::format("답함: {}{}", ShipmentInKorean(step), step.detail() == "LATE" ? ", 출시 뒤에 반영" : "");
    case Step::RECURRED:
      return step.detail() == "NOT_FIXED" ? fmt::format("다시 옴: {} 뒤에도 그대로임", change)
                                          : fmt::format("{} 출시 뒤에 다시 생김", change);
    case Step::REOPENED:
      if (step.detail() == "MISTAKE") return "우리 실수라 다시 엶";
      return step.detail() == "APPEAL" ? "고객이 받아들이지 않음" : "고객이 만족하지 않음";
    case Step::UNLINKED:
      return fmt::format("{}에서 뺌", change);
    case Step::MOVED:
      return fmt::format("{}에 옮김", change);
    case Step::CHANGE_DROPPED:
      return fmt::format("{} 그만둠{}", change, WhyInKorean(step));
    case Step::RETURNED:
      return fmt::format("{}에서 돌아옴: 답해야 함", change);
    case Step::REFUSED:
      return fmt::format("{}에서 받지 않음{}", change, WhyInKorean(step));
    case Step::CLOSED:
      return fmt::format("닫음{}", WhyInKorean(step));
    case Step::REVERTED:
      return fmt::format("되돌림: {}, 다시 기다리고 답해야 함", ShipmentInKorean(step));
    case Step::SHIPMENT_REVERTED:
      return fmt::format("{} {} 되돌림{}", change, ShipmentInKorean(step), WhyInKorean(step));
    case Step::CHANGE_REGRESSED:
      return fmt::format("{} 다시 열림{}", change, WhyInKorean(step));
    case Step::CHANGE_VERIFIED:
      return fmt::format("{} 기대한 대로임", change);
    case Step::CHANGE_RECONSIDERED:
      return fmt::format("{} 다시 생각함", change);
    case Step::CHANGE_MERGED:
      return fmt::format("{} 합쳐짐: {}", change, step.detail());
    case Step::UPDATED:
    case Step::KIND_UNSPECIFIED:
    case dangol::metrics::v1::Step_Kind_Step_Kind_INT_MIN_SENTINEL_DO_NOT_USE_:
    case dangol::metrics::v1::Step_Kind_Step_Kind_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return "이 판의 dangol이 모르는 일이 있었음";
}

}  // namespace

std::string Told(const Step& step, const std::string& language) {
  Step shown = step;
  shown.set_change(IdOf(step.change()));
  // Else it is the name of a person already.
  if (step.decided_by().starts_with("members/")) shown.set_decided_by(IdOf(step.decided_by()));
  if (step.kind() == Step::CHANGE_MERGED) shown.set_detail(IdOf(step.detail()));
  return language == "ko" ? InKorean(shown) : InEnglish(shown);
}

}  // namespace dangol::cli
