// labels: unit
// The page of a comparison of bandit policies, and curves with bands.
#include <string>

#include "causal/io/json.hpp"
#include "render/bandit_report.hpp"
#include "render/effect_plots.hpp"
#include "render/markup.hpp"

#include <doctest/doctest.h>

using causal::io::Json;
using namespace causal::render;

namespace {

// Two policies whose regrets are a factor of 100 apart.
std::string record_text(const std::string& summaries) {
  return R"json({"schema":"causal.bandit/1","status":"ok","seed":7,
 "systems":{"nodes":5,"edge_probability":0.5,"change_at":60},
 "options":{"horizon":100,"instances":4,"repeats":1,"level":0.95},"complete_instances":4,
 "policies":[{"policy":"uniform","knows":"nothing","options":{}},
             {"policy":"ucb1","knows":"nothing","options":{"ucb_coefficient":"1"}}],
 "summaries":[)json" +
         summaries + R"json(],"runs":[],"warnings":["1 < 2 & so on"]})json";
}

std::string summary(const std::string& name, const std::string& end, const std::string& against) {
  return R"json({"policy":")json" + name + R"json(","regret":{"mean":)json" + end + R"json(,"median":)json" + end +
         R"json(,"low":1.0,"high":9000.0},"curve":[
   {"round":50,"mean":3.0,"median":2.0,"low":1.0,"high":4.0,"optimal_rate":0.25},
   {"round":100,"mean":5.0,"median":)json" +
         end + R"json(,"low":1.0,"high":9000.0,"optimal_rate":0.5}],
  "optimal_rate":0.5,"average_reward":2.5,"against_first":)json" +
         against + "}";
}

const std::string kPaired =
    R"({"ratio":0.01,"ratio_low":null,"ratio_high":null,"better":4,"worse":0,"equal":0,"p_value":0.125,"p_holm":0.125})";

}  // namespace

TEST_CASE("the page is well-formed, draws bands and marks the change") {
  const Json record =
      Json::parse(record_text(summary("uniform", "8000.0", "null") + "," + summary("ucb1", "80.0", kPaired)));
  ReportContext context;
  context.command = "causal bandit compare --nodes 5";
  const std::string page = bandit_report(record, context);
  const markup::Document document = markup::read(page);
  CHECK(document.error == "");
  CHECK(document.all("svg").size() == 2);
  for (const char* text : {"1 &lt; 2 &amp; so on", "8000", "4 : 0", "ucb_coefficient", "class=\"band b2\"",
                           "class=\"change\"", "causal bandit compare --nodes 5", "change_at", "50.0 %"}) {
    CAPTURE(text);
    CHECK(page.find(text) != std::string::npos);
  }
  CHECK(page.find(">1000<") != std::string::npos);  // a power of ten on the axis: the regrets are far apart
  const markup::Element* script = document.by_id("causal-bandit");
  REQUIRE(script != nullptr);
  CHECK(Json::parse(script->text).dump() == record.dump());
}

TEST_CASE("a record without a finished system has a page that says so") {
  const std::string page = bandit_report(Json::parse(record_text("")));
  CHECK(markup::read(page).error == "");
  CHECK(page.find("No system was finished") != std::string::npos);
  CHECK(page.find("<svg") == std::string::npos);
}

TEST_CASE("bands, logarithms and marks of curves") {
  const Curve curve{.label = "a", .x = {0, 1, 2}, .y = {1, 10, 100}, .low = {0.5, 5, 50}, .high = {2, 20, 200}};
  const std::string plot = curve_plot({curve}, "x", "y", {.log_y = true, .marks = {1}});
  CHECK(markup::read(plot).error == "");
  CHECK(plot.find("band b1") != std::string::npos);
  // Equal ratios are equal distances: the line passes the middle at the second point.
  std::vector<double> heights;
  for (std::size_t at = plot.find("class=\"f1\" d=\"M") + 14; heights.size() < 3; ++at) {
    at = plot.find(' ', at);
    heights.push_back(std::stod(plot.substr(at)));
  }
  REQUIRE(heights.size() == 3);
  CHECK(heights[1] == doctest::Approx((heights[0] + heights[2]) / 2).epsilon(0.002));
  // What has no logarithm is left out, and more curves than colours are not drawn.
  CHECK(curve_plot({{"a", {1, 2}, {-1, 0}}}, "x", "y", {.log_y = true}).empty());
  const std::vector<Curve> many(kMostCurves + 2, curve);
  const std::string all = curve_plot(many, "x", "y");
  CHECK(all.find("class=\"f6\"") != std::string::npos);
  CHECK(all.find("class=\"f7\"") == std::string::npos);
}
