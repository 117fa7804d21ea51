# Every target of the project is made by one of these, so that warnings, includes and sanitizers are the same everywhere.

# Hidden, because libgrpc would otherwise use the program's instrumented copies of Abseil's inline functions, and be half seen.
# Fences, which GCC warns of, are Asio's beside its mutexes: no order of ours hangs on them.
set(DANGOL_TSAN_OPTIONS -fsanitize=thread -Wno-tsan -fvisibility=hidden -include ${CMAKE_SOURCE_DIR}/cmake/tsan_protobuf.h)

# Errors where the project is tested; a user's compiler may warn of what ours does not.
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(WARNINGS_ARE_ERRORS -Werror)
endif()
set(DANGOL_WARNINGS -Wall -Wextra -Wpedantic ${WARNINGS_ARE_ERRORS} -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
if(DANGOL_SANITIZE)
  # A sanitizer's checks keep the compiler from seeing that an optional is empty; GCC's manual warns of such alarms.
  list(APPEND DANGOL_WARNINGS -Wno-maybe-uninitialized)
endif()

function(dangol_target_options NAME)
  target_compile_options(${NAME} PRIVATE ${DANGOL_WARNINGS})
  target_include_directories(${NAME} PUBLIC ${CMAKE_SOURCE_DIR})
  if(DANGOL_PRECOMPILED)
    get_target_property(LIBRARIES ${NAME} LINK_LIBRARIES)
    if("GTest::gmock" IN_LIST LIBRARIES)
      target_precompile_headers(${NAME} REUSE_FROM dangol_test_headers)
    else()
      target_precompile_headers(${NAME} REUSE_FROM dangol_headers)
    endif()
  endif()
endfunction()

# dangol_library(NAME [WITHOUT_TSAN] SOURCES a.cc … DEPENDS lib …)
# WITHOUT_TSAN: for what includes gRPC, whose own library is not instrumented: half of a synchronisation seen is a false alarm.
function(dangol_library NAME)
  cmake_parse_arguments(ARG "WITHOUT_TSAN" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(${NAME} STATIC ${ARG_SOURCES})
  target_link_libraries(${NAME} PUBLIC ${ARG_DEPENDS})
  dangol_target_options(${NAME})
  if(DANGOL_SANITIZE STREQUAL "thread" AND NOT ARG_WITHOUT_TSAN)
    target_compile_options(${NAME} PRIVATE ${DANGOL_TSAN_OPTIONS})
  endif()
endfunction()

# dangol_binary(NAME SOURCES a.cc … DEPENDS lib …): a program in bin/.
function(dangol_binary NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPENDS})
  if(DANGOL_JEMALLOC)
    target_link_libraries(${NAME} PRIVATE ${DANGOL_JEMALLOC})
  endif()
  dangol_target_options(${NAME})
  if(DANGOL_SANITIZE STREQUAL "thread")
    target_compile_options(${NAME} PRIVATE ${DANGOL_TSAN_OPTIONS})
  endif()
endfunction()

# dangol_test(NAME [POSTGRES] [EACH_DRIVER] SOURCES a_test.cc … DEPENDS lib … LABELS l …): one program of GoogleTests, one ctest entry.
# POSTGRES: it needs the server. EACH_DRIVER: a second entry, NAME.postgresql, runs the same program on the server.
function(dangol_test NAME)
  cmake_parse_arguments(ARG "POSTGRES;EACH_DRIVER" "" "SOURCES;DEPENDS;LABELS" ${ARGN})
  string(REPLACE "." "_" TARGET "${NAME}_test")
  dangol_binary(${TARGET} SOURCES ${ARG_SOURCES} DEPENDS ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  set_target_properties(${TARGET} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${NAME} COMMAND ${TARGET})
  set_tests_properties(${NAME} PROPERTIES LABELS "${ARG_LABELS}")
  if(ARG_POSTGRES)
    set_tests_properties(${NAME} PROPERTIES FIXTURES_REQUIRED postgresql)
  endif()
  if(ARG_EACH_DRIVER)
    add_test(NAME ${NAME}.postgresql COMMAND ${TARGET})
    set_tests_properties(${NAME}.postgresql PROPERTIES
      LABELS "postgresql;${ARG_LABELS}" FIXTURES_REQUIRED postgresql ENVIRONMENT DANGOL_TEST_DRIVER=postgresql)
  endif()
endfunction()
