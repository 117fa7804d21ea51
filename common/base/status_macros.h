// The two shapes of passing an error on.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define DANGOL_CONCAT_INNER(a, b) a##b
#define DANGOL_CONCAT(a, b) DANGOL_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expression) RETURN_IF_ERROR_NAMED(DANGOL_CONCAT(return_if_error_, __LINE__), expression)

#define RETURN_IF_ERROR_NAMED(name, expression)                                 \
  do {                                                                          \
    if (absl::Status name = (expression); !name.ok()) return name; /* NOLINT */ \
  } while (false)

#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_NAMED(DANGOL_CONCAT(assign_or_return_, __LINE__), declaration, expression)

#define ASSIGN_OR_RETURN_NAMED(name, declaration, expression) \
  auto name = (expression);                                   \
  if (!name.ok()) return std::move(name).status();            \
  declaration = *std::move(name)
