#include <algorithm>
#include <array>
#include <set>

#include "causal/io/knowledge_file.hpp"
#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"
#include "json_cursor.hpp"

namespace causal::io {
namespace {

void refuse_unknown(const JsonCursor& object, const std::vector<std::string>& known) {
  if (!object.value().is_object()) object.fail("expected an object");
  for (const auto& member : object.value().as_object()) {
    if (std::find(known.begin(), known.end(), member.first) == known.end()) {
      object.fail("unknown member '" + member.first + "'", nearest_name_hint(member.first, known));
    }
  }
}

std::string name_at(const JsonCursor& array, std::size_t index) {
  const JsonCursor element = array[index];
  if (element.string().empty()) element.fail("a variable needs a name");
  return element.string();
}

std::vector<Knowledge::DirectedPair> read_pairs(const JsonCursor& root, std::string_view key) {
  std::vector<Knowledge::DirectedPair> pairs;
  if (!root.has(key)) return pairs;
  const JsonCursor array = root.at(key);
  for (std::size_t i = 0; i < array.size(); ++i) {
    const JsonCursor pair = array[i];
    if (pair.size() != 2) pair.fail("a pair has two names, from and to");
    pairs.push_back({name_at(pair, 0), name_at(pair, 1)});
  }
  return pairs;
}

Json pairs_to_json(const std::vector<Knowledge::DirectedPair>& pairs) {
  Json array = Json::array();
  for (const auto& [from, to] : pairs) array.push(Json::Array{from, to});
  return array;
}

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

/// Replaces patterns by names.
class Expander {
 public:
  explicit Expander(const std::vector<std::string>& variables)
      : variables_(variables), known_(variables.begin(), variables.end()) {}

  [[nodiscard]] bool is_pattern(const std::string& name) const {
    return !name.empty() && name.back() == '*' && known_.count(name) == 0;
  }

  [[nodiscard]] std::vector<std::string> expand(const std::string& name) const {
    if (!is_pattern(name)) return {name};
    std::vector<std::string> matches;
    for (const std::string& variable : variables_) {
      if (starts_with(variable, std::string_view(name).substr(0, name.size() - 1))) matches.push_back(variable);
    }
    if (matches.empty()) throw InvalidArgument("expand_patterns", "knowledge", "'" + name + "'", "match a variable");
    return matches;
  }

  [[nodiscard]] std::vector<Knowledge::DirectedPair> expand(const std::vector<Knowledge::DirectedPair>& pairs) const {
    std::vector<Knowledge::DirectedPair> expanded;
    for (const auto& [from, to] : pairs) {
      const bool has_pattern = is_pattern(from) || is_pattern(to);
      const std::vector<std::string> targets = expand(to);
      for (const std::string& source : expand(from)) {
        for (const std::string& target : targets) {
          if (!has_pattern || source != target) expanded.push_back({source, target});
        }
      }
    }
    return expanded;
  }

  [[nodiscard]] std::vector<Knowledge::Tier> expand(const std::vector<Knowledge::Tier>& tiers) const {
    std::set<std::string> by_name;
    for (const Knowledge::Tier& tier : tiers) {
      for (const std::string& name : tier.variables) {
        if (!is_pattern(name)) by_name.insert(name);
      }
    }
    std::set<std::string> by_pattern;
    std::vector<Knowledge::Tier> expanded;
    for (const Knowledge::Tier& tier : tiers) {
      expanded.push_back({{}, tier.forbid_within});
      for (const std::string& name : tier.variables) {
        for (std::string& variable : expand(name)) {
          if (is_pattern(name)) {
            if (by_name.count(variable) != 0) continue;
            if (!by_pattern.insert(variable).second) {
              throw InvalidArgument("expand_patterns", "tiers", "'" + name + "'",
                                    "not match '" + variable + "', which another pattern has placed");
            }
          }
          expanded.back().variables.push_back(std::move(variable));
        }
      }
    }
    return expanded;
  }

 private:
  const std::vector<std::string>& variables_;
  std::set<std::string> known_;
};

}  // namespace

Knowledge read_json_knowledge(std::string_view text, const std::string& file) {
  const Json json = Json::parse(text, file);
  const JsonCursor root(json);
  refuse_unknown(root, {"tiers", "forbidden", "required"});
  Knowledge knowledge;
  if (root.has("tiers")) {
    std::set<std::string> placed;
    const JsonCursor tiers = root.at("tiers");
    for (std::size_t i = 0; i < tiers.size(); ++i) {
      const JsonCursor tier = tiers[i];
      refuse_unknown(tier, {"variables", "forbid_within"});
      Knowledge::Tier read;
      const JsonCursor variables = tier.at("variables");
      for (std::size_t j = 0; j < variables.size(); ++j) {
        read.variables.push_back(name_at(variables, j));
        if (!placed.insert(read.variables.back()).second) {
          variables[j].fail("'" + read.variables.back() + "' is placed in a tier twice");
        }
      }
      if (tier.has("forbid_within")) read.forbid_within = tier.at("forbid_within").boolean();
      knowledge.tiers.push_back(std::move(read));
    }
  }
  knowledge.forbidden = read_pairs(root, "forbidden");
  knowledge.required = read_pairs(root, "required");
  return knowledge;
}

std::string write_json_knowledge(const Knowledge& knowledge) {
  Json tiers = Json::array();
  for (const Knowledge::Tier& tier : knowledge.tiers) {
    Json entry;
    entry.set("variables", Json::Array(tier.variables.begin(), tier.variables.end()));
    entry.set("forbid_within", tier.forbid_within);
    tiers.push(std::move(entry));
  }
  Json json;
  json.set("tiers", std::move(tiers));
  json.set("forbidden", pairs_to_json(knowledge.forbidden));
  json.set("required", pairs_to_json(knowledge.required));
  return json.dump(1) + "\n";
}

Knowledge read_knowledge(std::string_view text, const std::string& file) {
  std::string_view start = text;
  if (starts_with(start, "\xEF\xBB\xBF")) start.remove_prefix(3);
  start.remove_prefix(std::min(start.find_first_not_of(" \t\r\n"), start.size()));
  return starts_with(start, "{") ? read_json_knowledge(text, file) : read_tetrad_knowledge(text, file);
}

Knowledge expand_patterns(const Knowledge& knowledge, const std::vector<std::string>& variables) {
  const Expander expander(variables);
  return {expander.expand(knowledge.tiers), expander.expand(knowledge.forbidden), expander.expand(knowledge.required)};
}

}  // namespace causal::io
