#include "render/debias_report.hpp"

#include <fmt/format.h>

#include <cmath>

#include "render/page_parts.hpp"
#include "render/text.hpp"

namespace causal::render {
namespace {

/// A count with its thousands apart, any other number with three digits.
std::string figure_text(double value) {
  const bool is_count = std::abs(value) >= 1000 && std::abs(value) < 1e15 && value == std::floor(value);
  return is_count ? grouped(static_cast<std::int64_t>(value)) : short_number(value);
}

std::string plot(const std::string& title, const std::string& words, const std::string& svg) {
  if (svg.empty()) return svg;
  return fmt::format(
      "<figure class=\"force\"><figcaption>{}</figcaption>\n<p>{}</p>\n<div class=\"wrap\">{}</div></figure>\n",
      escaped(title), escaped(words), svg);
}

}  // namespace

std::string debias_report(const io::Json& debiaser, const DebiasPage& page) {
  const std::string title = "Correction of predicted outcomes: " + page.method;
  std::string out = page_opening(title);
  out += fmt::format("<header>\n<div class=\"top\"><h1>{}</h1></div>\n<dl class=\"facts\">\n", escaped(title));
  for (const auto& [name, value] : page.figures) out += fact(escaped(name), figure_text(value));
  if (!page.command.empty()) out += fact("To repeat", "<pre>" + escaped(page.command) + "</pre>", true);
  out += "</dl>\n</header>\n<main>\n<section>\n<h2>What the correction does</h2>\n";
  out += plot("Corrected over predicted outcome",
              "Predictions are pulled towards their middle; the correction pulls them back. It is for averages: row by "
              "row the corrected values are worse predictions.",
              curve_plot(page.correction, "prediction", "outcome"));
  out += plot("Score of the predictions",
              "The slope of their log density, which the correction is made of. Where it turns up and down quickly the "
              "density has bumps; straight ends come from the rule for the tails.",
              curve_plot(page.score, "prediction", "slope of the log density"));
  out += "</section>\n<section>\n<h2>Warnings</h2>\n";
  if (page.warnings.empty()) {
    out += "<p class=\"none\">None.</p>\n";
  } else {
    out += "<ul class=\"warnings\">\n";
    for (const std::string& warning : page.warnings) out += fmt::format("<li>{}</li>\n", escaped(warning));
    out += "</ul>\n";
  }
  out +=
      "</section>\n</main>\n<footer>The correction itself is embedded in this file as JSON (schema "
      "causal.debiaser/1), in the element with id <code>causal-debiaser</code>.</footer>\n";
  return out + fmt::format("<script type=\"application/json\" id=\"causal-debiaser\">{}</script>\n</body>\n</html>\n",
                           script_json(debiaser));
}

}  // namespace causal::render
