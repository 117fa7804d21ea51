// Before anything is painted: the theme and the language that were chosen here. The names are those of src/base/settings.ts and place.ts.
(function () {
  var root = document.documentElement;
  try {
    var settings = JSON.parse(localStorage.getItem("dangol.settings" + (root.dataset.base || "")) || "{}");
    if (settings.theme === "light" || settings.theme === "dark") root.dataset.theme = settings.theme;
    root.lang = settings.language || (/^ko\b/.test(navigator.language) ? "ko" : "en");
  } catch (error) {
    root.lang = /^ko\b/.test(navigator.language) ? "ko" : "en";
  }
})();
