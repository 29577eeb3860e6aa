#include "render/force_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "render/text.hpp"
#include "render/wording.hpp"

namespace causal::render {
namespace {

constexpr std::size_t kComponentsInWords = 3;
constexpr std::size_t kChangesInWords = 12;
constexpr std::size_t kDomainsDescribed = 40;

std::string surrogate_name(const LearnedGraph& graph) {
  return node_label(graph.nodes[slot(graph.changes->surrogate)]);
}

/// "60 (+1.9 sd), 90 (−2 sd)", shortened when there are many.
std::string change_list(const DrivingForce& force) {
  std::string out;
  const std::size_t shown = std::min(kChangesInWords, force.change_points.size());
  for (std::size_t i = 0; i < shown; ++i) out += (i > 0 ? ", " : "") + change_text(force.change_points[i]);
  if (shown < force.change_points.size()) out += fmt::format(" and {} more", force.change_points.size() - shown);
  return out;
}

/// Lowest, highest, first and last value of the first component over time.
std::string course(const std::vector<double>& points, const std::vector<double>& values) {
  std::vector<std::size_t> known;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) known.push_back(i);
  }
  if (known.empty()) return "No value of the first component is known. ";
  const auto [lowest, highest] = std::minmax_element(
      known.begin(), known.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  if (values[*lowest] == values[*highest]) return "The first component is constant. ";
  return fmt::format("The first component begins at {}, ends at {}, is lowest ({}) at {} and highest ({}) at {}. ",
                     short_number(values[known.front()]), short_number(values[known.back()]),
                     short_number(values[*lowest]), short_number(points[*lowest]), short_number(values[*highest]),
                     short_number(points[*highest]));
}

std::string domain_values(const std::vector<std::string>& domains, const std::vector<double>& values) {
  std::string out = "The first component: ";
  const std::size_t shown = std::min(kDomainsDescribed, domains.size());
  for (std::size_t i = 0; i < shown; ++i)
    out += fmt::format("{}{} {}", i > 0 ? "; " : "", domains[i], short_number(values[i]));
  if (shown < domains.size()) out += fmt::format("; and {} more", domains.size() - shown);
  return out + ". ";
}

}  // namespace

std::string ordinal(std::size_t k) {
  constexpr std::array<std::string_view, 3> kFirst{"first", "second", "third"};
  return k < kFirst.size() ? std::string(kFirst[k]) : fmt::format("{}th", k + 1);
}

std::string percent(double share) {
  if (std::isnan(share)) return "–";
  if (share > 0 && share < 0.01) return "less than 1 %";
  return fmt::format("{:.0f} %", 100 * share);
}

std::string node_list(const LearnedGraph& graph, const NodeSet& nodes) {
  std::string out;
  for (const NodeId v : nodes) out += (out.empty() ? "" : ", ") + node_label(graph.nodes[slot(v)]);
  return out;
}

std::string mechanism_words(const LearnedGraph& graph, const DrivingForce& force) {
  const std::string node = node_label(graph.nodes[slot(force.node)]);
  return force.parents.empty() ? node : node + " given " + node_list(graph, force.parents);
}

std::string change_text(const ChangePoint& point) {
  const std::string at = fmt::format("{:.10g}", point.at);
  if (!std::isfinite(point.size)) return at;
  const std::string size = short_number(std::abs(point.size));
  return fmt::format("{} ({}{} sd)", at, point.size < 0 ? "−" : "+", size);
}

std::string force_sentences(const LearnedGraph& graph, const DrivingForce& force) {
  if (force.shares.empty() || force.components.empty()) return "No force was computed.";
  std::string out;
  const std::size_t told = std::min(kComponentsInWords, force.shares.size());
  for (std::size_t k = 0; k < told; ++k) {
    if (k == 0) {
      out = fmt::format("The first component explains {} of the change of this mechanism", percent(force.shares[0]));
    } else {
      out += fmt::format(", the {} {}", ordinal(k), percent(force.shares[k]));
    }
  }
  out += ".";
  if (!force.change_points.empty()) {
    out += fmt::format(" It jumps or bends at {} {}; sd is the standard deviation of the force.", surrogate_name(graph),
                       change_list(force));
  }
  const std::vector<double>& first = force.components[0];
  const bool constant = std::all_of(first.begin(), first.end(), [&](double value) { return value == first[0]; });
  if (constant && first.size() > 1) out += " It is constant: no change of this mechanism was measured.";
  return out;
}

std::string force_label(const LearnedGraph& graph, const DrivingForce& force) {
  return fmt::format("Driving force of {} over {}", mechanism_words(graph, force), surrogate_name(graph));
}

std::string force_description(const LearnedGraph& graph, const DrivingForce& force) {
  const MechanismChanges& changes = *graph.changes;
  std::string out;
  if (!force.components.empty() && !force.components[0].empty()) {
    if (!changes.domains.empty()) {
      out = counted(std::ssize(changes.domains), "domain") + ". " + domain_values(changes.domains, force.components[0]);
    } else {
      out = fmt::format("{} from {} to {}. ", counted(std::ssize(changes.points), "point"),
                        short_number(changes.points.front()), short_number(changes.points.back())) +
            course(changes.points, force.components[0]);
    }
  }
  return out + force_sentences(graph, force);
}

}  // namespace causal::render
