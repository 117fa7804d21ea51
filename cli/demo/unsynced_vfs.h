// The machine's file system for SQLite without waiting for the disk: for databases that are made in one go and thrown
// away where that is interrupted.
#pragma once

#include <string>

namespace dangol::demo {

// Its name, for storage::DatabaseOptions::vfs. Once in the process.
const std::string& UnsyncedVfs();

}  // namespace dangol::demo
