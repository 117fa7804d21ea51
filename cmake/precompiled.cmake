# What nearly every file includes is compiled once: parsing it is four fifths of a compilation's time. Not with the thread sanitizer,
# whose targets differ in their options.
set(DANGOL_PRECOMPILED OFF)
if(NOT DANGOL_SANITIZE STREQUAL "thread")
  set(DANGOL_PRECOMPILED ON)
endif()

set(DANGOL_COMMON_HEADERS
  <algorithm> <array> <cstdint> <functional> <map> <memory> <mutex> <optional> <set> <span> <string> <string_view> <tuple> <utility>
  <vector>
  <absl/container/flat_hash_map.h> <absl/functional/any_invocable.h> <absl/functional/function_ref.h> <absl/status/status.h>
  <absl/status/statusor.h> <absl/strings/str_split.h> <absl/time/time.h>
  <fmt/format.h>
  <google/protobuf/descriptor.h> <google/protobuf/map_entry.h> <google/protobuf/map_field_inl.h> <google/protobuf/message.h>
  <google/protobuf/timestamp.pb.h>)

if(DANGOL_PRECOMPILED)
  add_library(dangol_headers OBJECT cmake/precompiled.cc)
  target_link_libraries(dangol_headers PRIVATE absl::any_invocable absl::flat_hash_map absl::function_ref absl::status absl::statusor
    absl::strings absl::time fmt::fmt spdlog::spdlog protobuf::libprotobuf Threads::Threads)
  target_compile_options(dangol_headers PRIVATE ${DANGOL_WARNINGS})
  target_precompile_headers(dangol_headers PRIVATE ${DANGOL_COMMON_HEADERS})

  add_library(dangol_test_headers OBJECT cmake/precompiled.cc)
  target_link_libraries(dangol_test_headers PRIVATE absl::any_invocable absl::flat_hash_map absl::function_ref absl::status
    absl::statusor absl::strings absl::time fmt::fmt spdlog::spdlog protobuf::libprotobuf Threads::Threads GTest::gmock)
  target_compile_options(dangol_test_headers PRIVATE ${DANGOL_WARNINGS})
  target_precompile_headers(dangol_test_headers PRIVATE ${DANGOL_COMMON_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)

  # What ccache takes for the compiled headers, so that build trees can share its cache: they are the same where these are.
  foreach(TARGET dangol_headers dangol_test_headers)
    get_target_property(HEADERS ${TARGET} PRECOMPILE_HEADERS)
    string(SHA256 SUM "${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE} ${DANGOL_SANITIZE} ${HEADERS} ${absl_VERSION} ${fmt_VERSION} ${Protobuf_VERSION} ${GTest_VERSION}")
    file(WRITE ${CMAKE_BINARY_DIR}/CMakeFiles/${TARGET}.dir/cmake_pch.hxx.gch.sum "${SUM}\n")
  endforeach()
endif()
