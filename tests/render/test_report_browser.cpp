// labels: cli
// Loads reports in headless Chromium where it is installed: the rows must be in the DOM and no script may fail.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "render/example.hpp"
#include "render/html_report.hpp"

#include <doctest/doctest.h>

namespace {

namespace fs = std::filesystem;

/// A folder of its own that is removed at the end.
struct Scratch {
  fs::path path;
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "causal_report_XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

bool has_chromium() { return std::system("command -v chromium >/dev/null 2>&1") == 0; }

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char buffer[4096];
  for (std::size_t got = 0; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, got);
  CHECK(pclose(pipe) == 0);
  return out;
}

/// The DOM of the page after its scripts ran, as Chromium writes it out.
std::string dom_of(const std::string& html) {
  const Scratch scratch;
  std::ofstream(scratch.path / "report.html") << html;
  return output_of(
      "timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
      "--disable-background-networking --disable-component-update --disable-sync --user-data-dir='" +
      (scratch.path / "profile").string() + "' --virtual-time-budget=5000 --dump-dom 'file://" +
      (scratch.path / "report.html").string() + "' 2>/dev/null");
}

/// Put before the report's own script: an error or a refused promise leaves a mark in the DOM.
std::string with_error_marker(std::string html) {
  const std::string marker =
      "<script>addEventListener('error', () => document.body.setAttribute('data-script-error', '1'));</script>";
  return html.replace(html.find("<body>"), 6, "<body>" + marker);
}

/// Put after it: sorts the edge table by its first column twice, that is, descending.
std::string with_two_clicks(std::string html) {
  const std::string clicks =
      "<script>for (let i = 0; i < 2; ++i) document.querySelector('#edges th').click();</script>";
  return html.replace(html.rfind("</body>"), 7, clicks + "</body>");
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t i = text.find(part); i != std::string::npos; i = text.find(part, i + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a browser shows every edge row and reports no script error") {
  if (!has_chromium()) {
    MESSAGE("skipped: chromium is not on PATH");
    return;
  }
  const causal::LearnedGraph graph = example::pag();
  const std::string dom = dom_of(with_error_marker(causal::render::html_report(graph)));
  CHECK(count(dom, "data-script-error=\"1\"") == 0);
  CHECK(count(dom, "sortable live") == 2);  // the script ran: edges and separating sets
  const std::size_t table = dom.find("id=\"edges\"");
  REQUIRE(table != std::string::npos);
  CHECK(count(dom.substr(table, dom.find("</table>", table) - table), "<tr><td") == graph.edges.size());
  CHECK(count(dom, "<rect ") == graph.nodes.size());

  const std::string broken = with_error_marker(causal::render::html_report(graph));
  const std::string marked = dom_of(std::string(broken).insert(broken.rfind("</body>"), "<script>no.such()</script>"));
  CHECK(count(marked, "data-script-error=\"1\"") == 1);
}

TEST_CASE("a click on a column head sorts the table") {
  if (!has_chromium()) {
    MESSAGE("skipped: chromium is not on PATH");
    return;
  }
  causal::LearnedGraph graph = causal::learned_graph_from(
      causal::MixedGraph({"b", "c", "a", "d"},
                         {causal::directed(0, 3), causal::directed(1, 3), causal::directed(2, 3)}),
      causal::GraphKind::Dag);
  const std::string dom = dom_of(with_two_clicks(causal::render::html_report(graph)));
  const std::size_t c = dom.find("<tr><td>c</td>");
  const std::size_t b = dom.find("<tr><td>b</td>");
  const std::size_t a = dom.find("<tr><td>a</td>");
  REQUIRE(a != std::string::npos);
  CHECK(c < b);
  CHECK(b < a);
  CHECK(dom.find("aria-sort=\"descending\"") != std::string::npos);
}
