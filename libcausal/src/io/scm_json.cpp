#include "causal/io/scm_json.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "causal/run/error.hpp"
#include "json_cursor.hpp"

namespace causal::io {
namespace {

template <class Values>
Json rows_of(const Values& values, std::size_t width) {
  Json rows = Json::array();
  for (std::size_t first = 0; first < values.size(); first += width) {
    Json row = Json::array();
    for (std::size_t i = first; i < first + width; ++i) row.push(values[i]);
    rows.push(std::move(row));
  }
  return rows;
}

Json noise_to_json(const Noise& noise) {
  Json json = Json::object();
  json.set("law", enum_name(noise.law()));
  json.set("mean", noise.mean());
  json.set("sd", noise.sd());
  return json;
}

Json mechanism_to_json(const Scm& model, NodeId v) {
  const Mechanism& mechanism = model.mechanism(v);
  Json json = Json::object();
  if (const auto* linear = dynamic_cast<const LinearMechanism*>(&mechanism)) {
    json.set("kind", "linear");
    json.set("coefficients", Json::Array(linear->terms().coefficients.begin(), linear->terms().coefficients.end()));
    json.set("intercept", linear->terms().intercept);
    if (mechanism.noise().kind() != Noise::Kind::None) json.set("noise", noise_to_json(mechanism.noise()));
  } else if (const auto* table = dynamic_cast<const DiscreteCpt*>(&mechanism)) {
    json.set("kind", "table");
    json.set("probabilities", rows_of(table->probabilities(), static_cast<std::size_t>(table->cardinality())));
  } else if (const auto* function = dynamic_cast<const FunctionTable*>(&mechanism)) {
    const std::vector<double>& law = mechanism.noise().probabilities();
    json.set("kind", "function");
    json.set("noise", Json::Array(law.begin(), law.end()));
    json.set("values", rows_of(function->values(), law.size()));
  } else if (const auto* constant = dynamic_cast<const ConstantMechanism*>(&mechanism)) {
    json.set("kind", "constant");
    if (model.is_discrete(v)) {
      json.set("value", model.levels(v)[static_cast<std::size_t>(constant->constant())]);
    } else {
      json.set("value", constant->constant());
    }
  } else {
    throw InvalidArgument("the mechanism of '" + model.name(v) + "' is a function in code and cannot be written", "",
                          "Linear mechanisms, tables, discrete functions and constants can.");
  }
  return json;
}

// Blocks without the nodes that surgery cut off from them.
Json blocks_to_json(const Scm& model) {
  Json blocks = Json::array();
  for (const NoiseBlock& block : model.blocks()) {
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < block.nodes.size(); ++i) {
      const NodeId v = block.nodes[i];
      if (!model.has_fresh_noise(v) && model.mechanism(v).noise().is_gaussian()) kept.push_back(i);
    }
    if (kept.size() < 2) continue;
    Json names = Json::array();
    Json rows = Json::array();
    for (const std::size_t i : kept) {
      names.push(model.name(block.nodes[i]));
      Json row = Json::array();
      for (const std::size_t j : kept) {
        row.push(block.correlation(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)));
      }
      rows.push(std::move(row));
    }
    Json one = Json::object();
    one.set("nodes", std::move(names));
    one.set("correlation", std::move(rows));
    blocks.push(std::move(one));
  }
  return blocks;
}

using Ids = std::unordered_map<std::string, NodeId>;

NodeId read_node(const JsonCursor& name, const Ids& ids) {
  const auto found = ids.find(name.string());
  if (found == ids.end()) name.fail("'" + name.string() + "' is no node of this file");
  return found->second;
}

double finite(const JsonCursor& cursor) {
  const double value = cursor.number();
  if (!std::isfinite(value)) cursor.fail("must be a number");
  return value;
}

std::vector<double> numbers(const JsonCursor& array) {
  std::vector<double> values(array.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = finite(array[i]);
  return values;
}

Noise read_noise(const JsonCursor& noise) {
  const double mean = noise.has("mean") ? finite(noise.at("mean")) : 0;
  const double sd = noise.has("sd") ? finite(noise.at("sd")) : 1;
  return Noise::continuous(noise.at("law").enumerator<NoiseLaw>(), sd, mean);
}

/// One node as listed: parents in the file's order.
struct Listed {
  std::vector<NodeId> parents;
  std::vector<std::string> levels;
  bool latent = false;
};

class ModelReader {
 public:
  explicit ModelReader(const Json& json) : root_(json) {}

  Scm read() {
    const JsonCursor schema = root_.at("schema");
    if (schema.string() != "causal.scm/1") {
      schema.fail("'" + schema.string() + "' is not a schema this version reads", "It reads causal.scm/1.");
    }
    read_nodes();
    std::vector<Edge> edges;
    ScmParts parts;
    for (std::size_t v = 0; v < listed_.size(); ++v) {
      for (const NodeId u : listed_[v].parents) edges.push_back(directed(u, static_cast<NodeId>(v)));
      if (listed_[v].latent) parts.latent.push_back(static_cast<NodeId>(v));
      parts.levels.push_back(listed_[v].levels);
    }
    Dag dag(MixedGraph(names_, std::move(edges)));
    std::vector<MechanismPtr> mechanisms;
    for (std::size_t v = 0; v < listed_.size(); ++v) mechanisms.push_back(read_mechanism(static_cast<NodeId>(v)));
    if (root_.has("noise_blocks")) parts.blocks = read_blocks();
    try {
      return {std::move(dag), std::move(mechanisms), std::move(parts)};
    } catch (const InvalidArgument& error) {
      throw DataError(error.message(), error.where(), error.hint());
    }
  }

 private:
  void read_nodes() {
    const JsonCursor nodes = root_.at("nodes");
    for (std::size_t v = 0; v < nodes.size(); ++v) {
      const JsonCursor node = nodes[v];
      const JsonCursor name = node.at("name");
      if (name.string().empty()) name.fail("a node needs a name");
      if (!ids_.emplace(name.string(), static_cast<NodeId>(v)).second) {
        name.fail("'" + name.string() + "' is given twice");
      }
      names_.push_back(name.string());
    }
    for (std::size_t v = 0; v < nodes.size(); ++v) listed_.push_back(read_listed(nodes[v], static_cast<NodeId>(v)));
  }

  Listed read_listed(const JsonCursor& node, NodeId v) const {
    Listed listed;
    if (node.has("latent")) listed.latent = node.at("latent").boolean();
    if (node.has("levels")) {
      const JsonCursor levels = node.at("levels");
      if (levels.size() == 0) levels.fail("a discrete node needs at least one level");
      for (std::size_t i = 0; i < levels.size(); ++i) {
        const JsonCursor level = levels[i];
        for (const std::string& earlier : listed.levels) {
          if (earlier == level.string()) level.fail("'" + earlier + "' is given twice");
        }
        listed.levels.push_back(level.string());
      }
    }
    if (!node.has("parents")) return listed;
    const JsonCursor parents = node.at("parents");
    for (std::size_t i = 0; i < parents.size(); ++i) {
      const JsonCursor parent = parents[i];
      const NodeId u = read_node(parent, ids_);
      if (u == v) parent.fail("a node is no parent of itself");
      if (std::find(listed.parents.begin(), listed.parents.end(), u) != listed.parents.end()) {
        parent.fail("'" + parent.string() + "' is given twice");
      }
      listed.parents.push_back(u);
    }
    return listed;
  }

  MechanismPtr read_mechanism(NodeId v) const {
    const JsonCursor nodes = root_.at("nodes");
    const JsonCursor node = nodes[slot(v)];
    const JsonCursor mechanism = node.at("mechanism");
    const std::string& kind = mechanism.at("kind").string();
    try {
      if (kind == "linear") return read_linear(mechanism, v);
      if (kind == "table") return read_table(mechanism, v);
      if (kind == "function") return read_function(mechanism, v);
      if (kind == "constant") return read_constant(mechanism, v);
    } catch (const InvalidArgument& error) {
      mechanism.fail(error.message());
    }
    mechanism.at("kind").fail("'" + kind + "' is none of linear, table, function, constant");
  }

  MechanismPtr read_linear(const JsonCursor& mechanism, NodeId v) const {
    const std::vector<NodeId>& parents = listed_[slot(v)].parents;
    if (!listed_[slot(v)].levels.empty()) mechanism.fail("a node with levels cannot be linear");
    std::vector<std::pair<NodeId, double>> terms;
    const JsonCursor coefficients = mechanism.at("coefficients");
    if (coefficients.size() != parents.size()) {
      coefficients.fail("has " + std::to_string(coefficients.size()) + " numbers for " +
                        std::to_string(parents.size()) + " parents");
    }
    for (std::size_t i = 0; i < parents.size(); ++i) terms.emplace_back(parents[i], finite(coefficients[i]));
    std::sort(terms.begin(), terms.end());
    std::vector<double> ordered;
    for (const auto& [u, coefficient] : terms) ordered.push_back(coefficient);
    const double intercept = mechanism.has("intercept") ? finite(mechanism.at("intercept")) : 0;
    return std::make_shared<LinearMechanism>(std::move(ordered), intercept,
                                             mechanism.has("noise") ? read_noise(mechanism.at("noise")) : Noise());
  }

  MechanismPtr read_constant(const JsonCursor& mechanism, NodeId v) const {
    if (!listed_[slot(v)].parents.empty()) mechanism.fail("a constant has no parents");
    const JsonCursor value = mechanism.at("value");
    const std::vector<std::string>& levels = listed_[slot(v)].levels;
    if (levels.empty()) return std::make_shared<ConstantMechanism>(finite(value));
    const auto found = std::find(levels.begin(), levels.end(), value.string());
    if (found == levels.end()) value.fail("'" + value.string() + "' is no level of '" + names_[slot(v)] + "'");
    return std::make_shared<ConstantMechanism>(static_cast<double>(found - levels.begin()));
  }

  // Rows in the order of the listed parents, put into ascending order of the parents' ids; `width` cells each.
  Factor read_rows(const JsonCursor& rows, NodeId v, std::size_t width) const {
    std::vector<VariableId> scope;
    std::vector<int> cardinalities;
    double expected = 1;
    for (const NodeId u : listed_[slot(v)].parents) {
      scope.push_back(u);
      cardinalities.push_back(static_cast<int>(listed_[slot(u)].levels.size()));
      if (cardinalities.back() == 0) rows.fail("the parent '" + names_[slot(u)] + "' has no levels");
      expected *= cardinalities.back();
    }
    if (static_cast<double>(rows.size()) != expected) {
      rows.fail("has " + std::to_string(rows.size()) + " rows for " +
                std::to_string(static_cast<std::int64_t>(expected)) + " combinations of the parents");
    }
    std::vector<double> values;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const JsonCursor row = rows[i];
      if (row.size() != width) {
        row.fail("has " + std::to_string(row.size()) + " entries instead of " + std::to_string(width));
      }
      for (std::size_t j = 0; j < width; ++j) values.push_back(finite(row[j]));
    }
    scope.push_back(static_cast<VariableId>(names_.size()));  // the cells of a row
    cardinalities.push_back(static_cast<int>(width));
    const Factor listed(scope, std::move(cardinalities), std::move(values));
    std::sort(scope.begin(), scope.end());
    return listed.permuted(scope);
  }

  [[nodiscard]] int levels_of(const JsonCursor& mechanism, NodeId v) const {
    if (listed_[slot(v)].levels.empty()) mechanism.fail("'" + names_[slot(v)] + "' needs levels");
    return static_cast<int>(listed_[slot(v)].levels.size());
  }

  MechanismPtr read_table(const JsonCursor& mechanism, NodeId v) const {
    const int cardinality = levels_of(mechanism, v);
    const Factor rows = read_rows(mechanism.at("probabilities"), v, static_cast<std::size_t>(cardinality));
    std::vector<int> parents = rows.cardinalities();
    parents.pop_back();
    return std::make_shared<DiscreteCpt>(std::move(parents), cardinality, rows.values());
  }

  MechanismPtr read_function(const JsonCursor& mechanism, NodeId v) const {
    const int cardinality = levels_of(mechanism, v);
    Noise noise = Noise::categorical(numbers(mechanism.at("noise")));
    const JsonCursor values = mechanism.at("values");
    const Factor rows = read_rows(values, v, noise.probabilities().size());
    std::vector<int> parents = rows.cardinalities();
    parents.pop_back();
    std::vector<int> codes;
    for (const double code : rows.values()) {
      if (!(code >= 0 && code < cardinality && std::floor(code) == code)) {
        values.fail("holds " + std::to_string(code) + ", which is no code in 0.." + std::to_string(cardinality - 1));
      }
      codes.push_back(static_cast<int>(code));
    }
    return std::make_shared<FunctionTable>(std::move(parents), cardinality, std::move(codes), std::move(noise));
  }

  std::vector<NoiseBlock> read_blocks() const {
    const JsonCursor list = root_.at("noise_blocks");
    std::vector<NoiseBlock> blocks;
    for (std::size_t b = 0; b < list.size(); ++b) {
      const JsonCursor block = list[b];
      const JsonCursor nodes = block.at("nodes");
      const JsonCursor rows = block.at("correlation");
      const std::size_t k = nodes.size();
      NoiseBlock read;
      read.correlation.resize(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(k));
      if (rows.size() != k) rows.fail("needs one row per node");
      for (std::size_t i = 0; i < k; ++i) {
        read.nodes.push_back(read_node(nodes[i], ids_));
        const JsonCursor row = rows[i];
        if (row.size() != k) row.fail("needs one number per node");
        for (std::size_t j = 0; j < k; ++j) {
          read.correlation(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = finite(row[j]);
        }
      }
      blocks.push_back(std::move(read));
    }
    return blocks;
  }

  JsonCursor root_;
  std::vector<std::string> names_;
  Ids ids_;
  std::vector<Listed> listed_;
};

}  // namespace

Json scm_to_json(const Scm& model) {
  Json nodes = Json::array();
  for (NodeId v = 0; v < model.n(); ++v) {
    Json node = Json::object();
    node.set("name", model.name(v));
    if (model.is_latent(v)) node.set("latent", true);
    if (model.is_discrete(v)) node.set("levels", Json::Array(model.levels(v).begin(), model.levels(v).end()));
    Json parents = Json::array();
    for (const NodeId u : model.dag().parents(v)) parents.push(model.name(u));
    node.set("parents", std::move(parents));
    node.set("mechanism", mechanism_to_json(model, v));
    nodes.push(std::move(node));
  }
  Json json = Json::object();
  json.set("schema", "causal.scm/1");
  json.set("nodes", std::move(nodes));
  Json blocks = blocks_to_json(model);
  if (!blocks.as_array().empty()) json.set("noise_blocks", std::move(blocks));
  return json;
}

Scm scm_from_json(const Json& json) { return ModelReader(json).read(); }

}  // namespace causal::io
