// How the resources that verbs answer with stand in a table. A new column is one line in columns.cc.
#pragma once

#include <vector>

#include "google/protobuf/message.h"

#include "cli/output/table.h"

namespace dangol::cli {

// Those of a type that a verb answers with.
const std::vector<Column<google::protobuf::Message>>& ColumnsOf(const google::protobuf::Descriptor* type);

}  // namespace dangol::cli
