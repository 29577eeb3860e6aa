#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "causal/io/bif.hpp"
#include "causal/run/error.hpp"
#include "scanner.hpp"

namespace causal::io {
namespace {

/// The word itself where the format allows it bare, else in quotes.
std::string word(const std::string& text) {
  if (text.find_first_of("\n\r") != std::string::npos) {
    throw InvalidArgument("write_bif", "name", "'" + text + "'", "without line ends");
  }
  const bool bare = !text.empty() && text.find("//") == std::string::npos && text.find("/*") == std::string::npos &&
                    std::none_of(text.begin(), text.end(), [](char c) {
                      return static_cast<unsigned char>(c) <= ' ' ||
                             std::string_view(",;|(){}[]\"").find(c) != std::string_view::npos;
                    });
  return bare ? text : quote(text);
}

void write_table(std::string& out, const BayesianNetwork& network, NodeId v) {
  const Factor& table = network.table(v);
  const auto parents = network.dag().parents(v);
  const auto levels = static_cast<std::size_t>(network.variable(v).cardinality());
  const auto row = [&](std::size_t first) {
    return fmt::format("{}", fmt::join(table.values().begin() + static_cast<std::ptrdiff_t>(first),
                                       table.values().begin() + static_cast<std::ptrdiff_t>(first + levels), ", "));
  };
  if (parents.empty()) {
    out += fmt::format("  table {};\n", row(0));
    return;
  }
  for (std::size_t first = 0; first < table.size(); first += levels) {
    const std::vector<int> codes = table.assignment(first);
    std::vector<std::string> values;
    for (std::size_t i = 0; i < parents.size(); ++i) {
      values.push_back(word(network.variable(parents[i]).levels[static_cast<std::size_t>(codes[i])]));
    }
    out += fmt::format("  ({}) {};\n", fmt::join(values, ", "), row(first));
  }
}

}  // namespace

std::string write_bif(const BayesianNetwork& network, const std::string& name) {
  std::string out = fmt::format("network {} {{\n}}\n", word(name.empty() ? "unknown" : name));
  for (const DiscreteVariable& variable : network.variables()) {
    std::vector<std::string> levels;
    for (const std::string& level : variable.levels) levels.push_back(word(level));
    out += fmt::format("variable {} {{\n  type discrete [ {} ] {{ {} }};\n}}\n", word(variable.name), levels.size(),
                       fmt::join(levels, ", "));
  }
  for (NodeId v = 0; v < network.n(); ++v) {
    std::vector<std::string> parents;
    for (const NodeId p : network.dag().parents(v)) parents.push_back(word(network.variable(p).name));
    out += fmt::format("probability ( {}{}{} ) {{\n", word(network.variable(v).name), parents.empty() ? "" : " | ",
                       fmt::join(parents, ", "));
    write_table(out, network, v);
    out += "}\n";
  }
  return out;
}

}  // namespace causal::io
