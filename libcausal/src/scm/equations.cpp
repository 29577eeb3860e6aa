// The equations of a model as text and as LaTeX.
#include <fmt/format.h>

#include "causal/scm/scm.hpp"

namespace causal {
namespace {

// Names become upright text in math mode; TeX's special characters are escaped.
std::string latex_name(const std::string& name) {
  std::string escaped;
  for (const char c : name) {
    if (std::string_view("_#$%&{}").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return name.size() == 1 ? escaped : "\\mathrm{" + escaped + "}";
}

std::string latex_law(const Noise& noise) {
  if (noise.is_gaussian()) return fmt::format("\\mathcal{{N}}({}, {:.10g})", noise.mean(), noise.sd() * noise.sd());
  return "\\mathrm{" + noise.text() + "}";
}

}  // namespace

std::string Scm::equations(EquationStyle style) const {
  const bool latex = style == EquationStyle::Latex;
  std::vector<std::string> names;
  for (NodeId v = 0; v < n(); ++v) names.push_back(latex ? latex_name(name(v)) : name(v));
  std::string text = latex ? "\\begin{aligned}\n" : "";
  for (const NodeId v : dag_.topological_order()) {
    std::vector<std::string> parents;
    for (const NodeId u : dag_.parents(v)) parents.push_back(names[slot(u)]);
    const std::string noise = latex ? "u_{" + names[slot(v)] + "}" : "u_" + name(v);
    const Noise& law = mechanism(v).noise();
    const std::string right = mechanism(v).equation(parents, noise, style);
    const bool is_table = law.kind() == Noise::Kind::UnitInterval;  // a distribution, not a function of named noise
    const char* const relation = latex ? (is_table ? " &\\sim " : " &:= ") : (is_table ? " ~ " : " := ");
    text += names[slot(v)] + relation + right;
    if (!is_table && law.kind() != Noise::Kind::None) {
      text += latex ? ", & " + noise + " &\\sim " + latex_law(law) : ",  " + noise + " ~ " + law.text();
    }
    text += latex ? " \\\\\n" : "\n";
  }
  return latex ? text + "\\end{aligned}\n" : text;
}

}  // namespace causal
