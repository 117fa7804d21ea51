// Included first in everything that is built with the thread sanitizer. Protobuf 3.21 gives map fields another layout
// where
// __SANITIZE_THREAD__ is defined, and the installed library and the generated code are built without: both sides have
// to agree.
#pragma push_macro("__SANITIZE_THREAD__")
#undef __SANITIZE_THREAD__
#include <google/protobuf/map_field.h>
#pragma pop_macro("__SANITIZE_THREAD__")
