#include "estimate_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/estimation/effect/registry.hpp"
#include "render/estimate_report.hpp"
#include "render/page_parts.hpp"
#include "run_record.hpp"
#include "table_files.hpp"

namespace causal::cli {
namespace {

using estimation::Estimate;

std::string number(double value) { return std::isnan(value) ? "-" : fmt::format("{:.6g}", value); }

std::string interval(const Estimate& estimate) {
  if (std::isnan(estimate.ci_low)) return "-";
  return fmt::format("[{:.6g}, {:.6g}]", estimate.ci_low, estimate.ci_high);
}

}  // namespace

std::string estimates_text(const std::vector<Estimate>& estimates) {
  std::size_t method_width = 6;
  std::size_t estimand_width = 8;
  std::size_t interval_width = 8;
  for (const Estimate& estimate : estimates) {
    method_width = std::max(method_width, estimate.method.size());
    estimand_width = std::max(estimand_width, estimate.estimand.size());
    interval_width = std::max(interval_width, interval(estimate).size());
  }
  const double level = estimates.empty() ? 0.95 : estimates.front().level;
  std::string text = fmt::format("{:<{}}  {:<{}}  {:>12}  {:>10}  {:<{}}  {:>8}  {:>8}\n", "method", method_width,
                                 "estimand", estimand_width, "value", "std. error",
                                 fmt::format("{:.3g}% CI", 100 * level), interval_width, "p", "rows");
  for (const Estimate& estimate : estimates) {
    text += fmt::format("{:<{}}  {:<{}}  {:>12}  {:>10}  {:<{}}  {:>8}  {:>8}\n", estimate.method, method_width,
                        estimate.estimand, estimand_width, number(estimate.value),
                        std::isnan(estimate.std_error) ? "-" : fmt::format("{:.4g}", estimate.std_error),
                        interval(estimate), interval_width,
                        std::isnan(estimate.p_value) ? "-" : fmt::format("{:.2g}", estimate.p_value), estimate.n_used);
  }
  return text;
}

std::string diagnostics_text(const std::vector<Estimate>& estimates) {
  std::string text;
  for (const Estimate& estimate : estimates) {
    std::string line;
    for (const estimation::Figure& figure : estimate.diagnostics.figures) {
      line += fmt::format("{}{} {:.4g}", line.empty() ? "" : ", ", figure.name, figure.value);
    }
    const std::vector<estimation::CovariateBalance>& balance = estimate.diagnostics.balance;
    if (!balance.empty()) {
      const auto size = [](double value) { return std::isnan(value) ? 0 : std::abs(value); };
      const auto worst = std::max_element(balance.begin(), balance.end(),
                                          [&](const auto& a, const auto& b) { return size(a.after) < size(b.after); });
      line += fmt::format("{}worst balance {} {:.3f} (before {:.3f})", line.empty() ? "" : ", ", worst->name,
                          worst->after, worst->before);
    }
    if (!line.empty()) text += fmt::format("  {} {}: {}\n", estimate.method, estimate.estimand, line);
  }
  return text;
}

std::string estimates_csv(const std::vector<Estimate>& estimates) {
  std::string text = "method,estimand,value,std_error,ci_low,ci_high,level,p_value,n,n_used,status\n";
  for (const Estimate& e : estimates) {
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", csv_cell(e.method), csv_cell(e.estimand), e.value,
                        e.std_error, e.ci_low, e.ci_high, e.level, e.p_value, e.n, e.n_used, to_string(e.status));
  }
  return text;
}

std::string estimate_page(const io::Json& record) {
  render::ReportContext context;
  std::vector<std::string> seen;
  for (const io::Json& item : record.at("estimates").as_array()) {
    const std::string& name = item.at("method").as_string();
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
    seen.push_back(name);
    for (const estimation::EstimatorEntry& entry : estimation::estimators()) {
      if (entry.info.name != name) continue;  // A record may be of another build, which knew other methods.
      render::add_method(context, entry.info);
    }
  }
  if (const io::Json* timing = record.find("timing")) {
    std::vector<std::string> words{"causal"};
    for (const io::Json& word : timing->at("command").as_array()) words.push_back(word.as_string());
    context.command = shell_line(words);
  }
  return render::estimate_report(record, context);
}

}  // namespace causal::cli
