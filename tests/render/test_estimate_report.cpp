// labels: unit
// The page and the plots of estimates: well-formed for any numbers, and nothing of the record is lost.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "causal/io/json.hpp"
#include "render/debias_report.hpp"
#include "render/effect_plots.hpp"
#include "render/estimate_report.hpp"
#include "render/markup.hpp"

#include <doctest/doctest.h>

using causal::io::Json;
using namespace causal::render;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

const char* const kRecord = R"json({"schema":"causal.estimate/1",
 "question":{"outcome":"wage <1978>","treatment":"T&C","treated":"1","control":"0","identified_by":"backdoor",
  "adjustment_set":["age","\"educ\""],"instruments":[],"mediators":[],"cluster":null,"propensity":null},
 "estimates":[
  {"method":"aipw","estimand":"ate","value":1619.05,"std_error":670.8,"ci_low":304.2,"ci_high":2933.9,"p_value":0.0158,
   "level":0.95,"dof":"inf","n":445,"n_used":445,"status":"ok",
   "diagnostics":{"figures":{"clipped_rows":3.0},"balance":[{"name":"age","before":0.2,"after":-0.01},
    {"name":"<b>","before":null,"after":0.0}]},"warnings":["3 rows < clip"]},
  {"method":"iv","estimand":"late","value":2.0,"std_error":1.0,"ci_low":"-inf","ci_high":"inf","p_value":0.5,
   "level":0.95,"dof":440.0,"n":445,"n_used":445,"status":"ok","diagnostics":{"figures":{},"balance":[]},"warnings":[]},
  {"method":"tmle","estimand":"ate","value":null,"std_error":null,"ci_low":null,"ci_high":null,"p_value":null,
   "level":0.95,"dof":"inf","n":445,"n_used":0,"status":"degenerate","diagnostics":{"figures":{},"balance":[]},
   "warnings":["no </script> answer"]}],
 "refutations":[{"method":"aipw","estimand":"ate","check":"placebo","mean":12.0,"p_value":0.4,"sentence":"a & b"}],
 "run":{"tool":"causal","version":"0.1.0","seed":0,"data":{"sha256":"ab","n":445,"p":11},
  "options":{"aipw":{"folds":"5"}},"flags":{"treatment":"T&C"},"warnings":[]}})json";

markup::Document read_checked(const std::string& text) {
  markup::Document document = markup::read(text);
  CHECK(document.error == "");
  REQUIRE_FALSE(document.elements.empty());
  return document;
}

}  // namespace

TEST_CASE("the page is well-formed, holds every estimate and the whole record") {
  const Json record = Json::parse(kRecord);
  const std::string page = estimate_report(record);
  const markup::Document document = read_checked(page);
  CHECK(document.all("circle").size() >= 3);  // Two values, and the balance.
  for (const char* text : {"1619", "aipw, ate", "no answer", "T&amp;C", "wage &lt;1978&gt;", "a &amp; b",
                           "3 rows &lt; clip", "−∞", "clipped_rows"}) {
    CAPTURE(text);
    CHECK(page.find(text) != std::string::npos);
  }
  const markup::Element* script = document.by_id("causal-estimate");
  REQUIRE(script != nullptr);
  CHECK(Json::parse(script->text) == record);
  CHECK(estimate_report(record) == page);
}

TEST_CASE("a record without a member it needs is refused by name") {
  Json record = Json::parse(R"({"question":{"outcome":"Y"}})");
  CHECK_THROWS_WITH(static_cast<void>(estimate_report(record)), doctest::Contains("treatment"));
}

TEST_CASE("forest plots survive any numbers") {
  for (const double value : {0.0, 1.0, -3e-300, 1e300, -1e300, kNan}) {
    for (const double low : {-kInf, value - 1, value, kNan}) {
      const std::string svg = forest_plot({{"a<b", value, low, kInf, "note & more"}, {"b", 1, 0.5, 1.5, ""}}, "x & y");
      const markup::Document document = read_checked(svg);
      CHECK(svg.find("nan") == std::string::npos);
      CHECK(svg.find("inf") == std::string::npos);
      CHECK(document.all("circle").size() == (std::isnan(value) ? 1u : 2u));
    }
  }
  CHECK(forest_plot({}, "x").empty());
}

TEST_CASE("balance plots sort by the difference before and survive missing ones") {
  const std::string svg = balance_plot({{"small", 0.05, 0.01}, {"large", -0.9, 0.02}, {"none", kNan, kInf}});
  read_checked(svg);
  CHECK(svg.find("large") < svg.find("small"));
  CHECK(svg.find("cx=\"nan") == std::string::npos);
  CHECK(svg.find("cx=\"inf") == std::string::npos);
  CHECK(balance_plot({}).empty());
}

TEST_CASE("curves break at missing points and need one that is not") {
  const std::string svg = curve_plot({{"T(u)", {0, 1, 2, 3}, {0, kNan, 2, 4}}, {"u", {0, 3}, {0, 3}}}, "u", "T");
  const markup::Document document = read_checked(svg);
  REQUIRE(document.all("path").size() == 2);
  // Drawn last so that it lies above: two pieces, hence two moves.
  const std::string path = document.all("path").back()->attributes.at("d");
  CHECK(std::count(path.begin(), path.end(), 'M') == 2);
  CHECK(curve_plot({{"a", {1}, {kNan}}}, "u", "T").empty());
}

TEST_CASE("the page of a correction holds its plots and the correction itself") {
  const Json file = Json::parse(R"({"schema":"causal.debiaser/1","method":"tweedie <1>"})");
  DebiasPage page;
  page.method = "tweedie";
  page.figures = {{"sigma", 1.25}, {"none", kNan}};
  page.correction = {{"corrected", {0, 1, 2}, {-0.5, 1, 2.5}}, {"as predicted", {0, 2}, {0, 2}}};
  page.warnings = {"a < b"};
  const std::string html = debias_report(file, page);
  const markup::Document document = read_checked(html);
  CHECK(document.all("svg").size() == 1);  // No score, no plot of it.
  CHECK(html.find("a &lt; b") != std::string::npos);
  REQUIRE(document.by_id("causal-debiaser") != nullptr);
  CHECK(Json::parse(document.by_id("causal-debiaser")->text) == file);
  page.score = {{"score", {0, 1, 2}, {1, 0, -1}}};
  CHECK(read_checked(debias_report(file, page)).all("svg").size() == 2);
}
