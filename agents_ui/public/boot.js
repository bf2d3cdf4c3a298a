// Before the first paint: the chosen theme and language, so that neither flashes. A file of its own because
// the content security policy forbids inline scripts.
(function () {
  var root = document.documentElement;
  var theme = "auto";
  try {
    theme = localStorage.getItem("cc.theme") || "auto";
    root.lang = localStorage.getItem("cc.language") || (/^ru\b/i.test(navigator.language) ? "ru" : "en");
  } catch (_) {
    // Storage may be forbidden; the defaults do.
  }
  var contrast = theme === "contrast" || (theme === "auto" && matchMedia("(prefers-contrast: more)").matches);
  var dark = contrast || theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  if (contrast) root.setAttribute("data-contrast", "more");
  root.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
