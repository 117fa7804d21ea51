#include "services/backlog/change/change_rights.h"

#include "common/base/status_macros.h"
#include "common/rpc/authorization.h"

namespace dangol::backlog {
namespace {

using v1::Change;

constexpr char kShipProduct[] = "changes.ship_product";

bool IsProduct(Change::Kind kind) { return kind == Change::PRODUCT || kind == Change::POLICY; }

absl::Status CheckMayShipService(const rpc::Principal& principal, std::string_view stage) {
  return rpc::CheckStage(principal, "changes.ship_service", stage);
}

absl::Status CheckMayShipAs(const rpc::Principal& principal, const Change& change, Change::Kind kind) {
  return IsProduct(kind) ? rpc::CheckPermission(principal, kShipProduct)
                         : CheckMayShipService(principal, change.stage());
}

}  // namespace

absl::Status CheckMayShip(const rpc::Principal& principal, const Change& change, Change::Kind asked) {
  if (asked == Change::KIND_UNSPECIFIED) return CheckMayShipAs(principal, change, change.kind());
  RETURN_IF_ERROR(CheckMayShipAs(principal, change, asked));
  return change.kind() == Change::KIND_UNSPECIFIED ? absl::OkStatus()
                                                   : CheckMayShipAs(principal, change, change.kind());
}

absl::Status CheckMayBecome(const rpc::Principal& principal, Change::Kind before, Change::Kind after) {
  const bool leaves = IsProduct(before) && !IsProduct(after);
  return leaves ? rpc::CheckPermission(principal, kShipProduct) : absl::OkStatus();
}

absl::Status CheckMayMove(const rpc::Principal& principal, std::string_view before, std::string_view after) {
  const bool gains = before != after && !before.empty() && CheckMayShipService(principal, after).ok();
  return gains ? CheckMayShipService(principal, before) : absl::OkStatus();
}

}  // namespace dangol::backlog
