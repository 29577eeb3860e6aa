#include "changes_json.hpp"

#include <algorithm>
#include <cmath>

#include "node_json.hpp"

namespace causal::io {
namespace {

Json numbers_to_json(const std::vector<double>& numbers) { return Json(Json::Array(numbers.begin(), numbers.end())); }

Json round_to_json(const SinkRound& round) {
  Json scores = Json::array();
  for (const ModuleScore& score : round.scores) {
    Json json;
    json.set("node", score.node);
    json.set("parents", nodes_to_json(score.parents));
    json.set("dependence", score.dependence);
    json.set("overlap", score.overlap);
    scores.push(std::move(json));
  }
  Json oriented = Json::array();
  for (const Edge& edge : round.oriented) {
    Json json;
    json.set("from", edge.from);
    json.set("to", edge.to);
    oriented.push(std::move(json));
  }
  Json json;
  json.set("scores", std::move(scores));
  json.set("sink", round.sink < 0 ? Json() : Json(round.sink));
  json.set("margin", round.margin);
  json.set("oriented", std::move(oriented));
  json.set("note", round.note);
  return json;
}

Json force_to_json(const DrivingForce& force) {
  Json components = Json::array();
  for (const std::vector<double>& component : force.components) components.push(numbers_to_json(component));
  Json change_points = Json::array();
  for (const ChangePoint& point : force.change_points) {
    Json json;
    json.set("at", point.at);
    json.set("size", point.size);
    change_points.push(std::move(json));
  }
  Json json;
  json.set("node", force.node);
  json.set("parents", nodes_to_json(force.parents));
  json.set("shares", numbers_to_json(force.shares));
  json.set("components", std::move(components));
  json.set("change_points", std::move(change_points));
  return json;
}

/// null reads as NaN, which is in every range: not computed.
double number_in(const JsonCursor& cursor, double low, double high, const char* rule) {
  const double value = cursor.number();
  if (value < low || value > high) cursor.fail(rule);
  return value;
}

double share(const JsonCursor& cursor) { return number_in(cursor, 0, 1, "must lie in [0, 1]"); }

double finite_number(const JsonCursor& cursor) {
  const double value = cursor.number();
  if (!std::isfinite(value)) cursor.fail("expected a number, found null");
  return value;
}

/// Nodes other than `self` and the surrogate.
NodeSet read_parents(const JsonCursor& array, NodeId self, NodeId surrogate, int n) {
  NodeSet parents = node_set(array, n);
  for (std::size_t i = 0; i < parents.size(); ++i) {
    if (parents[i] == self) array[i].fail("a node is not its own parent");
    if (parents[i] == surrogate) array[i].fail("the surrogate is no parent of a mechanism");
  }
  return parents;
}

NodeId read_variable(const JsonCursor& cursor, NodeId surrogate, int n) {
  const NodeId v = node_id(cursor, n);
  if (v == surrogate) cursor.fail("the surrogate has no mechanism");
  return v;
}

std::vector<ModuleScore> read_scores(const JsonCursor& scores, NodeId surrogate, int n) {
  std::vector<ModuleScore> read;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const JsonCursor score = scores[i];
    const NodeId node = read_variable(score.at("node"), surrogate, n);
    if (!read.empty() && node <= read.back().node) score.at("node").fail("nodes stand in ascending order");
    read.push_back({.node = node,
                    .parents = read_parents(score.at("parents"), node, surrogate, n),
                    .dependence = number_in(score.at("dependence"), 0, HUGE_VAL, "must not be negative"),
                    .overlap = share(score.at("overlap"))});
  }
  return read;
}

SinkRound read_round(const JsonCursor& round, NodeId surrogate, int n) {
  SinkRound read;
  read.scores = read_scores(round.at("scores"), surrogate, n);
  if (round.has("sink")) {
    read.sink = node_id(round.at("sink"), n);
    const bool scored = std::any_of(read.scores.begin(), read.scores.end(),
                                    [&](const ModuleScore& score) { return score.node == read.sink; });
    if (!scored) round.at("sink").fail("is none of the nodes with a score in this round");
  }
  read.margin = share(round.at("margin"));
  const JsonCursor oriented = round.at("oriented");
  for (std::size_t i = 0; i < oriented.size(); ++i) {
    const Edge edge = directed(node_id(oriented[i].at("from"), n), node_id(oriented[i].at("to"), n));
    if (edge.from == edge.to) oriented[i].fail("an edge joins two nodes");
    read.oriented.push_back(edge);
  }
  read.note = round.at("note").string();
  return read;
}

std::vector<double> read_shares(const JsonCursor& shares) {
  std::vector<double> read;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    read.push_back(share(shares[i]));
    if (i > 0 && read[i] > read[i - 1]) shares[i].fail("shares stand in descending order");
  }
  return read;
}

std::vector<std::vector<double>> read_components(const JsonCursor& components, std::size_t wanted, std::size_t length) {
  if (components.size() != wanted) {
    components.fail("there are " + std::to_string(components.size()) + " components for " + std::to_string(wanted) +
                    " shares");
  }
  std::vector<std::vector<double>> read;
  for (std::size_t k = 0; k < wanted; ++k) {
    const JsonCursor component = components[k];
    if (component.size() != length) {
      component.fail("has " + std::to_string(component.size()) + " values for " + std::to_string(length) +
                     " points of the surrogate");
    }
    std::vector<double>& values = read.emplace_back();
    values.reserve(length);
    for (std::size_t i = 0; i < length; ++i) values.push_back(component[i].number());
  }
  return read;
}

DrivingForce read_force(const JsonCursor& force, NodeId surrogate, int n, std::size_t length) {
  DrivingForce read;
  read.node = read_variable(force.at("node"), surrogate, n);
  read.parents = read_parents(force.at("parents"), read.node, surrogate, n);
  read.shares = read_shares(force.at("shares"));
  read.components = read_components(force.at("components"), read.shares.size(), length);
  const JsonCursor change_points = force.at("change_points");
  for (std::size_t i = 0; i < change_points.size(); ++i) {
    const JsonCursor point = change_points[i];
    read.change_points.push_back({finite_number(point.at("at")), point.at("size").number()});
    if (i > 0 && read.change_points[i].at <= read.change_points[i - 1].at) {
      point.at("at").fail("change points stand in ascending order");
    }
  }
  return read;
}

/// The places at which every component has a value; `domains` are their labels when they have any.
std::size_t read_places(const JsonCursor& changes, MechanismChanges& read) {
  const JsonCursor points = changes.at("points");
  for (std::size_t i = 0; i < points.size(); ++i) {
    read.points.push_back(finite_number(points[i]));
    if (i > 0 && read.points[i] < read.points[i - 1]) points[i].fail("points stand in ascending order");
  }
  const JsonCursor domains = changes.at("domains");
  for (std::size_t i = 0; i < domains.size(); ++i) read.domains.push_back(domains[i].string());
  if (read.domains.empty()) return read.points.size();
  if (!read.points.empty() && read.points.size() != read.domains.size()) {
    domains.fail("there are " + std::to_string(read.domains.size()) + " labels for " +
                 std::to_string(read.points.size()) + " points");
  }
  return read.domains.size();
}

}  // namespace

Json changes_to_json(const MechanismChanges& changes) {
  Json rounds = Json::array();
  for (const SinkRound& round : changes.rounds) rounds.push(round_to_json(round));
  Json forces = Json::array();
  for (const DrivingForce& force : changes.forces) forces.push(force_to_json(force));
  Json json;
  json.set("surrogate", changes.surrogate);
  json.set("points", numbers_to_json(changes.points));
  json.set("domains", Json(Json::Array(changes.domains.begin(), changes.domains.end())));
  json.set("changing", nodes_to_json(changes.changing));
  json.set("rounds", std::move(rounds));
  json.set("forces", std::move(forces));
  return json;
}

MechanismChanges changes_from_json(const JsonCursor& changes, int n) {
  MechanismChanges read;
  read.surrogate = node_id(changes.at("surrogate"), n);
  const std::size_t length = read_places(changes, read);
  const JsonCursor changing = changes.at("changing");
  read.changing = node_set(changing, n);
  for (std::size_t i = 0; i < read.changing.size(); ++i) {
    if (read.changing[i] == read.surrogate) changing[i].fail("the surrogate has no mechanism");
  }
  const JsonCursor rounds = changes.at("rounds");
  for (std::size_t i = 0; i < rounds.size(); ++i) read.rounds.push_back(read_round(rounds[i], read.surrogate, n));
  const JsonCursor forces = changes.at("forces");
  for (std::size_t i = 0; i < forces.size(); ++i) {
    DrivingForce force = read_force(forces[i], read.surrogate, n, length);
    if (!read.forces.empty() && force.node <= read.forces.back().node) {
      forces[i].at("node").fail("nodes stand in ascending order");
    }
    read.forces.push_back(std::move(force));
  }
  return read;
}

}  // namespace causal::io
