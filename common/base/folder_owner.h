// What root makes in a folder of another user belongs to that user: a command that root runs beside a suite of another
// user leaves nothing there that the suite cannot read. For everybody else these are the calls of the system. No
// symbolic link is followed to what is given away.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace dangol {

// Where the file or folder stands: its folder, `.` of a name alone.
std::filesystem::path FolderOf(const std::filesystem::path& path);

// Gives what this process has just made in `folder` to the owner of the folder; both are descriptors. False: `errno`
// says why.
bool GiveToOwnerOf(int folder, int made);

// The descriptor of a new file, to read and write; -1: `errno` says why, EEXIST where there is one.
int MakeFile(const std::string& path, mode_t mode);
// As MakeFile, or of the file that is there.
int OpenOrMakeFile(const std::string& path, mode_t mode);

// Makes a folder where there is none, with those above it, which others may enter as the process leaves open.
std::error_code MakeFolders(const std::filesystem::path& path, mode_t mode = 0777);

}  // namespace dangol
