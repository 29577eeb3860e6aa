#include "render/bandit_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "render/effect_plots.hpp"
#include "render/page_parts.hpp"
#include "render/page_style.hpp"
#include "render/text.hpp"

namespace causal::render {
namespace {

/// From this ratio of final regrets on, the small ones would lie on the axis of a linear plot.
constexpr double kWideRatio = 20;

std::string regret_text(double value) {
  return std::abs(value) < 100 ? short_number(value) : fmt::format("{:.0f}", value);
}

std::string value_text(const io::Json& value) { return value.is_string() ? value.as_string() : value.dump(); }

/// One curve a policy: `key` over the rounds, with its band where there is one.
std::vector<Curve> curves_of(const io::Json& record, const char* key, bool banded) {
  std::vector<Curve> curves;
  for (const io::Json& summary : record.at("summaries").as_array()) {
    Curve curve{.label = summary.at("policy").as_string(), .x = {}, .y = {}};
    for (const io::Json& point : summary.at("curve").as_array()) {
      curve.x.push_back(point.at("round").as_number());
      curve.y.push_back(point.at(key).as_number());
      if (!banded) continue;
      curve.low.push_back(point.at("low").as_number());
      curve.high.push_back(point.at("high").as_number());
    }
    curves.push_back(std::move(curve));
  }
  return curves;
}

bool far_apart(const std::vector<Curve>& curves) {
  double least = INFINITY, most = 0;
  for (const Curve& curve : curves) {
    if (curve.y.empty() || !(curve.y.back() > 0)) continue;
    least = std::min(least, curve.y.back());
    most = std::max(most, curve.y.back());
  }
  return most > kWideRatio * least;
}

std::string figure(const std::string& title, const std::string& words, const std::string& svg) {
  if (svg.empty()) return svg;
  return fmt::format(
      "<figure class=\"force\"><figcaption>{}</figcaption>\n<p>{}</p>\n<div class=\"wrap\">{}</div></figure>\n",
      escaped(title), escaped(words), svg);
}

std::string plots(const io::Json& record) {
  CurveAxes axes;
  if (const io::Json* const change = record.at("systems").find("change_at"); change != nullptr && change->is_number()) {
    if (change->as_number() > 0) axes.marks.push_back(change->as_number());
  }
  const std::vector<Curve> regret = curves_of(record, "median", true);
  CurveAxes regret_axes = axes;
  regret_axes.log_y = far_apart(regret);
  const double level = record.at("options").at("level").as_number();
  const std::string words = fmt::format(
      "Medians over runs; the band holds the middle {:.4g} % of them. What is lost by not playing the best "
      "arm from the first round on; a flat line has nothing more to learn.{}",
      100 * level, axes.marks.empty() ? "" : " The dashed line is where the systems change.");
  return figure("Regret", words, curve_plot(regret, "round", "cumulative pseudo-regret", regret_axes)) +
         figure("Optimal arms",
                "Share of the runs' rounds, since the point before, in which an optimal arm was played.",
                curve_plot(curves_of(record, "optimal_rate", false), "round", "share of optimal arms", axes));
}

std::string cell(const std::string& text) { return "<td class=\"num\">" + text + "</td>"; }

std::string paired_cells(const io::Json& paired) {
  if (paired.is_null()) return cell("1") + cell("") + cell("") + cell("");
  const io::Json &ratio = paired.at("ratio"), &low = paired.at("ratio_low"), &high = paired.at("ratio_high");
  const bool bounded = low.is_number() && high.is_number();
  return cell(ratio.is_number() ? short_number(ratio.as_number()) : "–") +
         cell(bounded ? fmt::format("[{}, {}]", short_number(low.as_number()), short_number(high.as_number())) : "–") +
         cell(fmt::format("{} : {}", paired.at("better").as_integer(), paired.at("worse").as_integer())) +
         cell(fmt::format("{:.2g}", paired.at("p_holm").as_number()));
}

std::string table(const io::Json& record) {
  std::string out =
      "<div class=\"wrap\"><table>\n<thead><tr><th>policy</th><th class=\"num\">median regret</th><th "
      "class=\"num\">mean</th><th class=\"num\">middle of the runs</th><th class=\"num\">optimal arms at the "
      "end</th><th "
      "class=\"num\">mean reward</th><th class=\"num\">ratio of medians</th><th class=\"num\">interval</th><th "
      "class=\"num\">won : lost</th><th class=\"num\">p (Holm)</th></tr></thead>\n<tbody>\n";
  for (const io::Json& summary : record.at("summaries").as_array()) {
    const io::Json& regret = summary.at("regret");
    out += fmt::format("<tr><td class=\"key\">{}</td>", escaped(summary.at("policy").as_string()));
    out += cell(regret_text(regret.at("median").as_number())) + cell(regret_text(regret.at("mean").as_number()));
    out += cell(
        fmt::format("{} to {}", regret_text(regret.at("low").as_number()), regret_text(regret.at("high").as_number())));
    out += cell(fmt::format("{:.1f} %", 100 * summary.at("optimal_rate").as_number()));
    out += cell(short_number(summary.at("average_reward").as_number())) + paired_cells(summary.at("against_first"));
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string warnings(const io::Json& record) {
  std::string items;
  for (const io::Json& warning : record.at("warnings").as_array()) {
    items += fmt::format("<li>{}</li>\n", escaped(warning.as_string()));
  }
  return "<section>\n<h2>Warnings</h2>\n" +
         (items.empty() ? std::string("<p class=\"none\">None.</p>\n")
                        : "<ul class=\"warnings\">\n" + items + "</ul>\n") +
         "</section>\n";
}

void add_options(std::string& rows, const std::string& group, const io::Json& options) {
  for (const auto& [name, value] : options.as_object()) {
    rows += fmt::format("<tr><td>{}</td><td class=\"key\">{}</td><td>{}</td></tr>\n", escaped(group), escaped(name),
                        escaped(value_text(value)));
  }
}

std::string options(const io::Json& record) {
  std::string rows;
  add_options(rows, "systems", record.at("systems"));
  add_options(rows, "runs", record.at("options"));
  for (const io::Json& policy : record.at("policies").as_array()) {
    add_options(rows, policy.at("policy").as_string(), policy.at("options"));
  }
  return "<section>\n<h2>Options</h2>\n<details><summary>All "
         "values</summary>\n<table>\n<thead><tr><th>of</th><th>name</th>"
         "<th>value</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table></details>\n</section>\n";
}

}  // namespace

std::string bandit_report(const io::Json& record, const ReportContext& context) {
  const std::string title = "Bandit policies compared";
  const io::Json &run = record.at("options"), &systems = record.at("systems");
  std::string out = page_opening(title);
  out += fmt::format("<header>\n<div class=\"top\"><h1>{}</h1></div>\n<dl class=\"facts\">\n", title);
  out += fact("Systems",
              fmt::format("{} of {}", record.at("complete_instances").as_integer(), run.at("instances").as_integer()));
  out += fact("Nodes", std::to_string(systems.at("nodes").as_integer()));
  out += fact("Rounds", std::to_string(run.at("horizon").as_integer()));
  out += fact("Runs of each", std::to_string(run.at("repeats").as_integer()));
  out += fact("Seed", std::to_string(record.at("seed").as_integer()));
  if (!context.command.empty()) out += fact("To repeat", "<pre>" + escaped(context.command) + "</pre>", true);
  out += "</dl>\n</header>\n<main>\n<section>\n<h2>Result</h2>\n";
  if (record.at("summaries").as_array().size() == 0) {
    out += "<p class=\"none\">No system was finished by all policies.</p>\n";
  } else {
    out +=
        "<p>All policies met the same systems and the same noise. Ratio, interval (systems drawn again) and sign test "
        "are against the first one.</p>\n" +
        table(record) + plots(record);
  }
  out += "</section>\n" + method_section(context) + warnings(record) + options(record);
  out +=
      "</main>\n<footer>The record is embedded in this file as JSON (schema causal.bandit/1), in the element with id "
      "<code>causal-bandit</code>.</footer>\n";
  return out + fmt::format(
                   "<script type=\"application/json\" id=\"causal-bandit\">{}</script>\n<script>{}</script>\n"
                   "</body>\n</html>\n",
                   script_json(record), kPageScript);
}

}  // namespace causal::render
