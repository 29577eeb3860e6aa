#include "causal/io/expression_json.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "causal/run/error.hpp"

namespace causal::io {
namespace {

class Writer {
 public:
  explicit Writer(std::span<const std::string> names) : names_(names) {}

  int index_of(const Expression& e) {
    if (const auto known = indices_.find(e.identity()); known != indices_.end()) return known->second;
    Json node = Json::object();
    node.set("kind", std::string(enum_name(e.kind())));
    switch (e.kind()) {
      case ExpressionKind::Probability:
        node.set("variables", symbols(e.variables()));
        if (!e.given().empty()) node.set("given", symbols(e.given()));
        if (!e.intervened().empty()) node.set("do", symbols(e.intervened()));
        if (e.domain() != 0) node.set("domain", e.domain());
        break;
      case ExpressionKind::Sum:
        node.set("over", symbols(e.variables()));
        node.set("of", index_of(e.children()[0]));
        break;
      case ExpressionKind::Product: {
        Json factors = Json::array();
        for (const Expression& factor : e.children()) factors.push(index_of(factor));
        node.set("factors", std::move(factors));
        break;
      }
      case ExpressionKind::Fraction:
        node.set("numerator", index_of(e.children()[0]));
        node.set("denominator", index_of(e.children()[1]));
        break;
      case ExpressionKind::One:
      case ExpressionKind::Zero:
        break;
    }
    nodes_.push(std::move(node));
    const int index = static_cast<int>(indices_.size());
    indices_.emplace(e.identity(), index);
    return index;
  }

  Json take_nodes() { return std::move(nodes_); }

 private:
  [[nodiscard]] Json symbols(const SymbolSet& set) const {
    Json list = Json::array();
    for (const Symbol s : set) {
      if (s.node < 0 || slot(s.node) >= names_.size()) {
        throw InvalidArgument("node " + std::to_string(s.node) + " of the expression has no name",
                              "expression_to_json");
      }
      if (s.copy == 0) {
        list.push(names_[slot(s.node)]);
      } else {
        Json symbol = Json::object();
        symbol.set("name", names_[slot(s.node)]);
        symbol.set("copy", s.copy);
        list.push(std::move(symbol));
      }
    }
    return list;
  }

  std::span<const std::string> names_;
  std::unordered_map<const void*, int> indices_;
  Json nodes_ = Json::array();
};

class Reader {
 public:
  Reader(std::span<const std::string> names, ExpressionPool& pool) : pool_(pool) {
    for (std::size_t v = 0; v < names.size(); ++v) ids_.emplace(names[v], static_cast<NodeId>(v));
  }

  Expression read(const Json& json) {
    for (const Json& node : json.at("nodes").as_array()) known_.push_back(expression(node));
    return part(json.at("root"));
  }

 private:
  Expression expression(const Json& node) {
    const std::string& name = node.at("kind").as_string();
    const auto kind = enum_from_name<ExpressionKind>(name);
    if (!kind) throw DataError("'" + name + "' is no kind of expression", "expression_from_json");
    switch (*kind) {
      case ExpressionKind::Zero:
        return pool_.zero();
      case ExpressionKind::Probability:
        return pool_.probability(symbols(node, "variables"), symbols(node, "given"), symbols(node, "do"),
                                 node.find("domain") == nullptr ? 0 : small_integer(node.at("domain")));
      case ExpressionKind::Sum:
        return pool_.sum(symbols(node, "over"), part(node.at("of")));
      case ExpressionKind::Product: {
        std::vector<Expression> factors;
        for (const Json& index : node.at("factors").as_array()) factors.push_back(part(index));
        return pool_.product(std::move(factors));
      }
      case ExpressionKind::Fraction:
        return pool_.fraction(part(node.at("numerator")), part(node.at("denominator")));
      case ExpressionKind::One:
        break;
    }
    return pool_.one();
  }

  const Expression& part(const Json& index) const {
    const std::int64_t i = index.as_integer();
    if (i < 0 || i >= static_cast<std::int64_t>(known_.size())) {
      throw DataError("index " + std::to_string(i) + " is not that of an earlier node", "expression_from_json");
    }
    return known_[static_cast<std::size_t>(i)];
  }

  static int small_integer(const Json& json) {
    const std::int64_t value = json.as_integer();
    if (value < 0 || value > std::numeric_limits<std::int32_t>::max()) {
      throw DataError("number " + std::to_string(value) + " must lie in [0, 2^31)", "expression_from_json");
    }
    return static_cast<int>(value);
  }

  SymbolSet symbols(const Json& node, const char* key) const {
    SymbolSet set;
    const Json* list = node.find(key);
    if (list == nullptr) return set;
    for (const Json& symbol : list->as_array()) {
      const std::string& name = symbol.is_string() ? symbol.as_string() : symbol.at("name").as_string();
      const auto id = ids_.find(name);
      if (id == ids_.end()) {
        throw InvalidArgument("expression_from_json", "symbol", "'" + name + "'", "name a variable of the graph");
      }
      set.push_back({id->second, symbol.is_string() ? 0 : small_integer(symbol.at("copy"))});
    }
    return set;
  }

  ExpressionPool& pool_;
  std::unordered_map<std::string, NodeId> ids_;
  std::vector<Expression> known_;
};

}  // namespace

Json expression_to_json(const Expression& expression, std::span<const std::string> names) {
  Writer writer(names);
  const int root = writer.index_of(expression);
  Json json = Json::object();
  json.set("nodes", writer.take_nodes());
  json.set("root", root);
  return json;
}

Expression expression_from_json(const Json& json, std::span<const std::string> names, ExpressionPool& pool) {
  return Reader(names, pool).read(json);
}

}  // namespace causal::io
