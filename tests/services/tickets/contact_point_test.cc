// Ways to write one contact point are one, and what many people share identifies nobody.
#include "services/tickets/customer/contact_point.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace dangol::tickets {
namespace {

using v1::ContactPoint;

struct Case {
  std::string value;
  std::string normalized;
  bool identifying = false;
  std::string region = "KR";
};

void Check(ContactPoint::Kind kind, const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    ContactPoint contact_point;
    contact_point.set_kind(kind);
    contact_point.set_value(each.value);
    contact_point.set_identifying(true);
    contact_point.set_normalized_value("of another time");
    Normalize(contact_point, each.region);
    EXPECT_EQ(contact_point.normalized_value(), each.normalized) << each.value;
    EXPECT_EQ(contact_point.identifying(), each.identifying) << each.value;
    EXPECT_EQ(contact_point.value(), each.value);
  }
}

TEST(ContactPoint, ATelephoneNumberIsOneHoweverItIsWritten) {
  Check(ContactPoint::PHONE, {
                                 {"010-1234-5678", "+821012345678", true},
                                 {"+82 10-1234-5678", "+821012345678", true},
                                 {"+82 (0)10 1234 5678", "+821012345678", true},
                                 {"0082-10-1234-5678", "+821012345678", true, "DE"},
                                 {"０１０-１２３４-５６７８", "+821012345678", true},
                                 {"02-312-3456", "+8223123456", true},
                                 {"070-4123-4567", "+827041234567", true},
                                 {"(212) 555-2368", "+12125552368", true, "US"},
                             });
}

TEST(ContactPoint, ANumberThatManyShareIdentifiesNobody) {
  Check(ContactPoint::PHONE, {
                                 {"0502-1234-5678", "+8250212345678", false},  // a shop's relay
                                 {"0505-123-4567", "+825051234567", false},    // one that many lines answer
                                 {"+82 50-7123-45678", "+8250712345678", false},
                                 {"080-123-4567", "+82801234567", false},  // toll-free
                                 {"010-12**-5678", "", false},
                                 {"010-1234-****", "", false},
                                 {"010-1234-●●●●", "", false},
                                 {"1-800-FLOWERS", "", false, "US"},
                                 {"12", "", false},
                                 {"see note", "", false},
                                 {std::string(512, '1'), "", false},
                             });
}

TEST(ContactPoint, AnEmailAddressIsOneHoweverItIsWritten) {
  Check(ContactPoint::EMAIL, {
                                 {"Minji.Kim@Example.COM", "minji.kim@example.com", true},
                                 {" minji.kim@example.com ", "minji.kim@example.com", true},
                                 {"minji+shop@example.co.kr", "minji+shop@example.co.kr", true},
                             });
}

TEST(ContactPoint, AnAddressThatIsMaskedOrNobodysIdentifiesNobody) {
  Check(ContactPoint::EMAIL, {
                                 {"min****@example.com", "", false},
                                 {"noreply@example.com", "", false},
                                 {"No-Reply@example.com", "", false},
                                 {"minji", "", false},
                                 {"@example.com", "", false},
                                 {"minji@", "", false},
                                 {"minji@localhost", "", false},
                                 {"a@b@example.com", "", false},
                                 {"minji kim@example.com", "", false},
                             });
}

TEST(ContactPoint, APostalAddressIdentifiesNobody) {
  Check(ContactPoint::POSTAL, {{"1 Sejong-daero, Seoul", "", false}});
}

TEST(ContactPoint, TheRegionIsThatOfTheLocale) {
  EXPECT_EQ(RegionOf("ko-KR"), "KR");
  EXPECT_EQ(RegionOf("en-us"), "US");
  EXPECT_EQ(RegionOf("zh-Hant-TW"), "TW");
  EXPECT_EQ(RegionOf("en"), "KR");
  EXPECT_EQ(RegionOf(""), "KR");
}

}  // namespace
}  // namespace dangol::tickets
