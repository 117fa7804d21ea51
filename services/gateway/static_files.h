// The files of the dashboard.
#pragma once

#include <string>
#include <string_view>

#include "services/gateway/http.h"

namespace dangol::gateway {

// Files of a folder. Read anew each time, so that a build of the dashboard is seen at once. Thread-safe.
class StaticFiles {
 public:
  // Empty: no folder. With `demo` the page is told that its data is a demonstration, by `data-demo` at its root.
  explicit StaticFiles(std::string folder, bool demo = false) : folder_(std::move(folder)), demo_(demo) {}

  // Answers GET and HEAD. A path that names no file and looks like a page of the dashboard gets `index.html`; without
  // that file, `/` gets a page that says what is there. Nothing outside of the folder and no hidden file is given out.
  HttpResponse Serve(const HttpRequest& request) const;

 private:
  const std::string folder_;
  const bool demo_;
};

}  // namespace dangol::gateway
