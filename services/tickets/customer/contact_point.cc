#include "services/tickets/customer/contact_point.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

#include "phonenumbers/phonenumberutil.h"

namespace dangol::tickets {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
using v1::ContactPoint;

constexpr char kDefaultRegion[] = "KR";
// What stands for a character that is not shown.
constexpr std::array<std::string_view, 5> kMasks = {"*", "•", "●", "○", "＊"};
// Boxes that many people's mail is sent from.
constexpr std::array<std::string_view, 6> kNobody = {"noreply",      "no-reply",      "donotreply",
                                                     "do-not-reply", "mailer-daemon", "postmaster"};

bool IsPersonalEmail(std::string_view address) {
  const size_t at = address.find('@');
  if (at == std::string_view::npos || at == 0 || address.find('@', at + 1) != std::string_view::npos) return false;
  const std::string_view domain = address.substr(at + 1);
  if (domain.find('.') == std::string_view::npos || domain.front() == '.' || domain.back() == '.') return false;
  if (std::ranges::any_of(address, [](unsigned char c) { return absl::ascii_isspace(c); })) return false;
  return std::ranges::find(kNobody, address.substr(0, at)) == kNobody.end();
}

void NormalizeEmail(ContactPoint& contact_point) {
  std::string address = absl::AsciiStrToLower(contact_point.value());
  absl::StripAsciiWhitespace(&address);
  if (IsMasked(address) || !IsPersonalEmail(address)) return;
  contact_point.set_normalized_value(std::move(address));
  contact_point.set_identifying(true);
}

// A line that one subscriber has. Companies' numbers, premium rates and the like are nobody's.
bool IsOfASubscriber(PhoneNumberUtil::PhoneNumberType type) {
  return type == PhoneNumberUtil::MOBILE || type == PhoneNumberUtil::FIXED_LINE ||
         type == PhoneNumberUtil::FIXED_LINE_OR_MOBILE || type == PhoneNumberUtil::VOIP;
}

// Korea's 050x: a shop's number for one order, another customer's tomorrow.
bool IsRelay(const PhoneNumberUtil& util, const PhoneNumber& number) {
  std::string national;
  util.GetNationalSignificantNumber(number, &national);
  return number.country_code() == 82 && national.starts_with("50");
}

void NormalizePhone(ContactPoint& contact_point, const std::string& region) {
  // The parser reads letters as digits of a telephone's keys, and leaves out what it does not know.
  const bool has_letters =
      std::ranges::any_of(contact_point.value(), [](unsigned char c) { return absl::ascii_isalpha(c); });
  if (has_letters || IsMasked(contact_point.value())) return;
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (util.Parse(contact_point.value(), region, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return;
  if (!util.IsValidNumber(number)) return;
  util.Format(number, PhoneNumberUtil::E164, contact_point.mutable_normalized_value());
  contact_point.set_identifying(IsOfASubscriber(util.GetNumberType(number)) && !IsRelay(util, number) &&
                                !number.has_extension());
}

}  // namespace

void Normalize(ContactPoint& contact_point, const std::string& region) {
  contact_point.clear_normalized_value();
  contact_point.clear_identifying();
  if (contact_point.kind() == ContactPoint::EMAIL) NormalizeEmail(contact_point);
  if (contact_point.kind() == ContactPoint::PHONE) NormalizePhone(contact_point, region);
}

std::string RegionOf(std::string_view locale) {
  const std::vector<std::string> subtags = absl::StrSplit(absl::string_view(locale.data(), locale.size()), '-');
  for (size_t i = 1; i < subtags.size(); ++i) {
    const std::string& subtag = subtags[i];
    const bool is_region =
        subtag.size() == 2 && std::ranges::all_of(subtag, [](unsigned char c) { return absl::ascii_isalpha(c); });
    if (is_region) return absl::AsciiStrToUpper(subtag);
  }
  return kDefaultRegion;
}

bool IsMasked(std::string_view text) {
  return std::ranges::any_of(kMasks, [&](std::string_view mask) { return text.find(mask) != std::string_view::npos; });
}

}  // namespace dangol::tickets
