# Compiler, sanitizers and the libraries that everything stands on.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

find_program(DANGOL_CCACHE ccache)
if(DANGOL_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_PCH_EXTSUM=1 ${DANGOL_CCACHE})
endif()

find_program(DANGOL_MOLD NAMES mold ld.mold)
find_program(DANGOL_LLD NAMES ld.lld)
if(DANGOL_MOLD)
  add_link_options(-fuse-ld=mold)
elseif(DANGOL_LLD)
  add_link_options(-fuse-ld=lld)
endif()

if(DANGOL_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(DANGOL_SANITIZE STREQUAL "thread")
  # Per target, see cmake/targets.cmake: what includes gRPC or generated code stays without.
  add_link_options(-fsanitize=thread)
elseif(DANGOL_SANITIZE)
  message(FATAL_ERROR "DANGOL_SANITIZE is '${DANGOL_SANITIZE}': use address, thread or nothing")
endif()

find_package(Threads REQUIRED)
# What uses gRPC gets it from there; all alike, so that precompiled headers fit.
add_compile_options(-pthread)
find_package(Protobuf CONFIG QUIET)
if(NOT Protobuf_FOUND)
  find_package(Protobuf REQUIRED)
endif()
find_package(gRPC CONFIG REQUIRED)
find_package(absl REQUIRED)
find_package(SQLite3 REQUIRED)
# The client library alone; the server's headers are not needed.
set(PostgreSQL_ADDITIONAL_VERSIONS 13 14 15 16 17 18)
find_package(PostgreSQL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)

# libcsv has neither a CMake nor a pkg-config file.
find_path(CSV_INCLUDE_DIR csv.h REQUIRED)
find_library(CSV_LIBRARY csv REQUIRED)
add_library(Csv::csv UNKNOWN IMPORTED)
set_target_properties(Csv::csv PROPERTIES IMPORTED_LOCATION ${CSV_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${CSV_INCLUDE_DIR})

# Nor has libphonenumber in Debian.
find_path(PHONENUMBER_INCLUDE_DIR phonenumbers/phonenumberutil.h REQUIRED)
find_library(PHONENUMBER_LIBRARY phonenumber REQUIRED)
add_library(PhoneNumber::phonenumber UNKNOWN IMPORTED)
set_target_properties(PhoneNumber::phonenumber PROPERTIES
  IMPORTED_LOCATION ${PHONENUMBER_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${PHONENUMBER_INCLUDE_DIR})

# Requests are allocated by one thread, answered by another: glibc's allocator makes them wait for each other.
if(NOT DANGOL_SANITIZE)
  find_library(DANGOL_JEMALLOC jemalloc)
endif()
