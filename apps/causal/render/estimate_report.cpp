#include "render/estimate_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <vector>

#include "render/effect_plots.hpp"
#include "render/page_parts.hpp"
#include "render/page_style.hpp"
#include "render/text.hpp"

namespace causal::render {
namespace {

constexpr std::size_t kMostCovariates = 60;

/// A number of a record: "inf" and "-inf" are texts there, null is NaN.
double number_in(const io::Json& item, std::string_view key) {
  const io::Json& member = item.at(key);
  if (!member.is_string()) return member.as_number();
  const double infinity = std::numeric_limits<double>::infinity();
  return member.as_string() == "-inf" ? -infinity : infinity;
}

std::string shown(double value) {
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  return std::isfinite(value) && std::abs(value) >= 1000 ? fmt::format("{:.0f}", value) : short_number(value);
}

std::string interval_of(const io::Json& item) {
  return fmt::format("[{}, {}]", shown(number_in(item, "ci_low")), shown(number_in(item, "ci_high")));
}

std::string label_of(const io::Json& item) {
  return item.at("method").as_string() + ", " + item.at("estimand").as_string();
}

std::string list_of(const io::Json& names) {
  std::string out;
  for (const io::Json& name : names.as_array()) out += (out.empty() ? "" : ", ") + escaped(name.as_string());
  return out;
}

std::string contrast_of(const io::Json& question) {
  const std::string treatment = question.at("treatment").as_string();
  if (question.at("treated").is_null()) return "one unit more of " + treatment;
  return fmt::format("{} = {} against {}", treatment, question.at("treated").as_string(),
                     question.at("control").as_string());
}

std::string question_text(const io::Json& question) {
  return fmt::format("What does {} do to {}?", contrast_of(question), question.at("outcome").as_string());
}

std::string header(const io::Json& record, const ReportContext& context) {
  const io::Json& question = record.at("question");
  const std::string title = context.title.empty() ? "Effect of " + question.at("treatment").as_string() + " on " +
                                                        question.at("outcome").as_string()
                                                  : context.title;
  std::string out = fmt::format(
      "<header>\n<div class=\"top\"><h1>{}</h1></div>\n<p class=\"question\">{}</p>\n<dl class=\"facts\">\n",
      escaped(title), escaped(context.question.empty() ? question_text(question) : context.question));
  const std::string& found_by = question.at("identified_by").as_string();
  out += fact("Identified by", escaped(found_by == "given" ? "the columns given" : "the graph: " + found_by));
  const io::Json& data = record.at("run").at("data");
  out += fact("Rows, n", grouped(data.at("n").as_integer()));
  for (const auto& [key, term] :
       {std::pair{"adjustment_set", "Adjusted for"}, {"instruments", "Instruments"}, {"mediators", "Mediators"}}) {
    if (!question.at(key).as_array().empty()) out += fact(term, list_of(question.at(key)), true);
  }
  out += fact("Data, SHA-256", "<code>" + escaped(data.at("sha256").as_string()) + "</code>", true);
  if (!context.command.empty()) out += fact("To repeat", "<pre>" + escaped(context.command) + "</pre>", true);
  return out + "</dl>\n</header>\n";
}

std::string estimate_section(const io::Json& record) {
  std::vector<ForestRow> rows;
  std::string table =
      "<div class=\"wrap\"><table id=\"estimates\" class=\"sortable\">\n<thead><tr><th>Method</th><th>Estimand</th>"
      "<th class=\"num\">Value</th><th class=\"num\">Std. error</th><th>Interval</th><th class=\"num\">p</th>"
      "<th class=\"num\">Rows used</th></tr></thead>\n<tbody>\n";
  for (const io::Json& item : record.at("estimates").as_array()) {
    const double value = number_in(item, "value");
    rows.push_back({label_of(item), value, number_in(item, "ci_low"), number_in(item, "ci_high"),
                    shown(value) + " " + interval_of(item)});
    const double p = number_in(item, "p_value");
    table += fmt::format(
        "<tr><td class=\"key\">{}</td><td class=\"key\">{}</td><td class=\"num\" data-v=\"{}\">{}</td><td "
        "class=\"num\">{}</td><td>{}</td>"
        "<td class=\"num\">{}</td><td class=\"num\">{}</td></tr>\n",
        escaped(item.at("method").as_string()), escaped(item.at("estimand").as_string()),
        std::isfinite(value) ? fmt::format("{}", value) : "", shown(value), shown(number_in(item, "std_error")),
        interval_of(item), short_number(p), grouped(item.at("n_used").as_integer()));
  }
  if (rows.empty())
    return "<section>\n<h2>Estimates</h2>\n<p>The graph says that there is no effect.</p>\n</section>\n";
  const std::string level = short_number(100 * number_in(record.at("estimates").as_array().front(), "level"));
  return fmt::format(
      "<section>\n<h2>Estimates</h2>\n<figure class=\"force\"><figcaption>Estimates with {} % intervals</figcaption>\n"
      "<div class=\"wrap\">{}</div></figure>\n{}</tbody></table></div>\n</section>\n",
      level, forest_plot(rows, "effect on " + record.at("question").at("outcome").as_string()), table);
}

std::string balance_section(const io::Json& record) {
  std::string out;
  for (const io::Json& item : record.at("estimates").as_array()) {
    std::vector<BalanceRow> rows;
    const io::Json::Array& balance = item.at("diagnostics").at("balance").as_array();
    for (const io::Json& row : balance) {
      if (rows.size() < kMostCovariates) {
        rows.push_back({row.at("name").as_string(), number_in(row, "before"), number_in(row, "after")});
      }
    }
    if (rows.empty()) continue;
    out += fmt::format("<figure class=\"force\"><figcaption>{}{}</figcaption>\n<div class=\"wrap\">{}</div></figure>\n",
                       escaped(label_of(item)),
                       balance.size() > kMostCovariates
                           ? fmt::format(": the first {} of {} covariates", kMostCovariates, balance.size())
                           : "",
                       balance_plot(std::move(rows)));
  }
  if (out.empty()) return out;
  return "<section>\n<h2>Balance of the covariates</h2>\n<p>Differences of the arms in pooled standard deviations. "
         "Beyond the dashed line at 0.1 the arms differ in ways that the estimate has to bridge by its model.</p>\n" +
         out + "</section>\n";
}

std::string figure_section(const io::Json& record) {
  std::string rows;
  for (const io::Json& item : record.at("estimates").as_array()) {
    for (const auto& [name, value] : item.at("diagnostics").at("figures").as_object()) {
      static_cast<void>(value);
      rows += fmt::format("<tr><td>{}</td><td>{}</td><td class=\"num\">{}</td></tr>\n", escaped(label_of(item)),
                          escaped(name), shown(number_in(item.at("diagnostics").at("figures"), name)));
    }
  }
  if (rows.empty()) return rows;
  return "<section>\n<h2>Diagnostics</h2>\n<div class=\"wrap\"><table id=\"figures\">\n<thead><tr><th>Estimate</th>"
         "<th>Figure</th><th class=\"num\">Value</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table></div>\n</section>\n";
}

std::string refutation_section(const io::Json& record) {
  const io::Json* refutations = record.find("refutations");
  if (refutations == nullptr || refutations->as_array().empty()) return {};
  std::string out =
      "<section>\n<h2>Refutation</h2>\n<p>Each check changes the data so that the right answer is known. A small p "
      "means "
      "that the check found a problem.</p>\n<div class=\"wrap\"><table id=\"refutations\">\n<thead><tr><th>Method</th>"
      "<th>Check</th><th>What it says</th><th class=\"num\">Mean estimate</th><th class=\"num\">p</th></tr></thead>\n"
      "<tbody>\n";
  for (const io::Json& item : refutations->as_array()) {
    out += fmt::format(
        "<tr><td class=\"key\">{}</td><td class=\"key\">{}</td><td>{}</td><td class=\"num\">{}</td><td "
        "class=\"num\">{}</td></tr>\n",
        escaped(item.at("method").as_string()), escaped(item.at("check").as_string()),
        escaped(item.at("sentence").as_string()), shown(number_in(item, "mean")),
        short_number(number_in(item, "p_value")));
  }
  return out + "</tbody></table></div>\n</section>\n";
}

std::string warning_section(const io::Json& record) {
  std::string items;
  for (const io::Json& warning : record.at("run").at("warnings").as_array()) {
    items += fmt::format("<li>{}</li>\n", escaped(warning.as_string()));
  }
  for (const io::Json& item : record.at("estimates").as_array()) {
    for (const io::Json& warning : item.at("warnings").as_array()) {
      items += fmt::format("<li>{}: {}</li>\n", escaped(label_of(item)), escaped(warning.as_string()));
    }
  }
  if (items.empty())
    items = "<p class=\"none\">None.</p>\n";
  else
    items = "<ul class=\"warnings\">\n" + items + "</ul>\n";
  return "<section>\n<h2>Warnings</h2>\n" + items + "</section>\n";
}

std::string option_section(const io::Json& record) {
  std::string rows;
  for (const auto& [method, options] : record.at("run").at("options").as_object()) {
    for (const auto& [name, value] : options.as_object()) {
      rows += fmt::format("<tr><td>{}</td><td><code>{}</code></td><td>{}</td></tr>\n", escaped(method), escaped(name),
                          escaped(value.as_string()));
    }
  }
  const io::Json& run = record.at("run");
  return fmt::format(
      "<section>\n<h2>Run</h2>\n<dl class=\"facts\">\n{}{}</dl>\n<div class=\"wrap\"><table "
      "id=\"options\">\n<thead><tr>"
      "<th>Method</th><th>Option</th><th>Value</th></tr></thead>\n<tbody>\n{}</tbody></table></div>\n</section>\n",
      fact("Version", escaped(run.at("tool").as_string() + " " + run.at("version").as_string())),
      fact("Seed", escaped(run.at("seed").dump())), rows);
}

}  // namespace

std::string estimate_report(const io::Json& record, const ReportContext& context) {
  const io::Json& question = record.at("question");
  std::string out =
      page_opening("Effect of " + question.at("treatment").as_string() + " on " + question.at("outcome").as_string());
  out += header(record, context);
  out += "<main>\n";
  out += estimate_section(record) + refutation_section(record) + balance_section(record) + figure_section(record);
  out += method_section(context) + warning_section(record) + option_section(record);
  out +=
      "</main>\n<footer>The whole result is embedded in this file as JSON (schema causal.estimate/1), in the element "
      "with id <code>causal-estimate</code>.</footer>\n";
  out += fmt::format("<script type=\"application/json\" id=\"causal-estimate\">{}</script>\n<script>{}</script>\n",
                     script_json(record), kPageScript);
  return out + "</body>\n</html>\n";
}

}  // namespace causal::render
