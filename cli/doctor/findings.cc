#include "cli/doctor/findings.h"

#include <algorithm>
#include <set>

namespace dangol::cli {
namespace {

// More are counted, and not kept.
constexpr size_t kKeptMax = 10'000;
// As a service lists of its own.
constexpr int kListedMax = 100;

}  // namespace

Findings::Findings(const std::vector<std::string_view>& checks) {
  for (const std::string_view check : checks) checks_.emplace_back(check, 0);
}

void Findings::Examined(std::string_view check, int64_t count) {
  for (auto& [name, examined] : checks_) {
    if (name == check) examined += count;
  }
}

void Findings::Violation(std::string_view check, std::string_view resource, std::string_view description) {
  ++count_;
  if (violations_.size() < kKeptMax) violations_.emplace_back(check, resource, description);
}

void Findings::KeepThoseOf(const Findings& before) {
  // So many that not all are kept are no passing matter.
  if (count_ > static_cast<int64_t>(kKeptMax) || before.count_ > static_cast<int64_t>(kKeptMax)) return;
  const std::set<One> known(before.violations_.begin(), before.violations_.end());
  std::erase_if(violations_, [&](const One& one) { return !known.contains(one); });
  count_ = static_cast<int64_t>(violations_.size());
}

dangol::api::v1::CheckIntegrityResponse Findings::Response() const {
  dangol::api::v1::CheckIntegrityResponse response;
  for (const auto& [name, examined] : checks_) {
    auto& check = *response.add_checks();
    check.set_name(name);
    check.set_examined(examined);
  }
  for (const auto& [check, resource, description] : violations_) {
    if (response.violations_size() == kListedMax) break;
    auto& violation = *response.add_violations();
    violation.set_check(check);
    violation.set_resource(resource);
    violation.set_description(description);
  }
  response.set_violation_count(count_);
  return response;
}

}  // namespace dangol::cli
