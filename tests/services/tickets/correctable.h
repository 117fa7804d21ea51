// The fields of a ticket that UpdateTicket corrects.
#pragma once

#include "google/protobuf/field_mask.pb.h"

#include "tests/common/rpc/request_sites.h"

namespace dangol::testing {

// Names all of them in the mask of the request.
inline void MaskCorrectable(const Site& site, Message& request) {
  Message& parent = site.Parent(request);
  auto& mask =
      static_cast<google::protobuf::FieldMask&>(*parent.GetReflection()->MutableMessage(&parent, site.field()));
  mask.clear_paths();
  for (const char* path :
       {"kind", "severity", "contact_reason", "stage", "language", "product", "order", "product_version", "labels",
        "attributes", "remedy_sought", "underlying_need", "remedy_given", "remedy", "assignee", "may_ask", "abusive"}) {
    mask.add_paths(path);
  }
}

}  // namespace dangol::testing
