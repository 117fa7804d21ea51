// The files of the dashboard.
#pragma once

#include <string>
#include <string_view>

#include "services/gateway/http.h"

namespace dangol::gateway {

// Files of a folder. Read anew each time, so that a build of the dashboard is seen at once. Thread-safe.
class StaticFiles {
 public:
  // Empty: no folder. A page has attributes at its root: `data-base`, what stands before every path, and with `demo`
  // `data-demo`, its data is a demonstration.
  explicit StaticFiles(std::string folder, std::string path_prefix = "", bool demo = false);

  // Answers GET and HEAD. A path that names no file and looks like a page of the dashboard gets `index.html`; without
  // that file, `/` gets a page that says what is there. Nothing outside of the folder and no hidden file is given out.
  HttpResponse Serve(const HttpRequest& request) const;

 private:
  // The page with its attributes, and with `./` before the name of a file as the path of that file.
  std::string Completed(std::string page) const;

  const std::string folder_;
  const std::string path_prefix_;
  const std::string openapi_;
  const bool demo_;
};

}  // namespace dangol::gateway
