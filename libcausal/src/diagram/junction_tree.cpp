#include "causal/diagram/junction_tree.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "causal/run/error.hpp"
#include "causal/run/stop.hpp"
#include "cell_bounds.hpp"
#include "clique_tree.hpp"
#include "contraction_program.hpp"

namespace causal {

using detail::at;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct LinearDomain {
  static constexpr double kZero = 0;
  static constexpr double kOne = 1;
  static double from(double number) { return number; }
  static double times(double a, double b) { return a * b; }
  static double over(double a, double b) { return b == 0 ? 0 : a / b; }
  static double plus(double a, double b) { return a + b; }
  static double log(double cell) { return std::log(cell); }
};

struct LogDomain {
  static constexpr double kZero = -kInfinity;
  static constexpr double kOne = 0;
  static double from(double number) { return std::log(number); }
  static double times(double a, double b) { return a + b; }
  static double over(double a, double b) { return b == kZero ? kZero : a - b; }
  static double plus(double a, double b) {
    const double high = std::max(a, b);
    return high == kZero ? kZero : high + std::log1p(std::exp(std::min(a, b) - high));
  }
  static double log(double cell) { return cell; }
};

// Calls f(cell, offset) for every cell of a table over `scope`, with the offset of the same assignment in another one.
class CellMap {
 public:
  CellMap(const std::vector<VariableId>& scope, const std::vector<int>& cardinalities) : digits_(scope.size(), 0) {
    for (const VariableId v : scope) cards_.push_back(cardinalities[at(v)]);
  }
  /// Strides of the other table along the scope, 0 where it does not depend on it.
  template <class F>
  void visit(const std::vector<std::size_t>& strides, F&& f) {
    const std::size_t dims = cards_.size();
    if (dims == 0) return f(std::size_t{0}, std::size_t{0});
    const auto last = static_cast<std::size_t>(cards_.back());
    std::size_t offset = 0;
    for (std::size_t cell = 0;;) {
      for (std::size_t k = 0; k < last; ++k) f(cell++, offset + k * strides[dims - 1]);
      std::size_t d = dims - 1;
      while (d-- > 0) {
        offset += strides[d];
        if (++digits_[d] < cards_[d]) break;
        offset -= strides[d] * static_cast<std::size_t>(cards_[d]);
        digits_[d] = 0;
      }
      if (d == static_cast<std::size_t>(-1)) return;
    }
  }

 private:
  std::vector<int> cards_;
  std::vector<int> digits_;  // all 0 between visits
};

}  // namespace

/// Fills the tables of a tree and passes the messages.
class JunctionTreeBuilder {
 public:
  JunctionTreeBuilder(const TensorNetwork& network, const detail::IndexRoles& roles, detail::CliqueTree tree)
      : network_(network), rank_(std::move(tree.rank)), stride_(network.cardinalities.size(), 0) {
    tree_.cardinalities_ = network.cardinalities;
    tree_.fixed_ = roles.fixed;
    tree_.cliques_ = std::move(tree.cliques);
    tree_.home_ = std::move(tree.home);
  }

  [[nodiscard]] double clique_cells(std::size_t c) const { return cells_of(tree_.cliques_[c].scope); }
  [[nodiscard]] double separator_cells(std::size_t c) const { return cells_of(tree_.cliques_[c].separator); }
  [[nodiscard]] std::size_t cliques() const { return tree_.cliques_.size(); }
  JunctionTree take() { return std::move(tree_); }

  /// Degenerate when the linear domain is too small for the products.
  template <class Domain>
  Status run(const StopSignal& stop) {
    fill<Domain>();
    Status status = collect<Domain>(stop);
    if (status == Status::Ok && tree_.log_mass_ > -kInfinity) status = distribute<Domain>(stop);
    if (tree_.log_mass_ == -kInfinity) tree_.tables_.clear();
    return status;
  }

 private:
  [[nodiscard]] double cells_of(const std::vector<VariableId>& scope) const {
    double product = 1;
    for (const VariableId v : scope) product *= network_.cardinalities[at(v)];
    return product;
  }

  // Strides along the clique's scope of a table over `scope`, whose fixed indices only move `base`.
  std::vector<std::size_t> strides_along(const std::vector<VariableId>& clique, const std::vector<VariableId>& scope,
                                         std::size_t& base) {
    std::size_t stride = 1;
    for (std::size_t i = scope.size(); i-- > 0;) {
      const VariableId v = scope[i];
      if (tree_.fixed_[at(v)] >= 0) {
        base += stride * at(tree_.fixed_[at(v)]);
      } else {
        stride_[at(v)] = stride;
      }
      stride *= at(network_.cardinalities[at(v)]);
    }
    std::vector<std::size_t> strides;
    strides.reserve(clique.size());
    for (const VariableId v : clique) strides.push_back(stride_[at(v)]);
    for (const VariableId v : scope) stride_[at(v)] = 0;
    return strides;
  }

  // Multiplies every tensor into the clique where the first of its indices is eliminated.
  template <class Domain>
  void fill() {
    tree_.log_mass_ = 0;
    tree_.tables_.clear();
    bounds_.assign(cliques(), {});
    messages_.assign(cliques(), {});
    for (std::size_t c = 0; c < cliques(); ++c) {
      tree_.tables_.emplace_back(static_cast<std::size_t>(clique_cells(c)), Domain::kOne);
    }
    for (const Factor& tensor : network_.tensors) {
      VariableId first = -1;
      for (const VariableId v : tensor.scope()) {
        if (tree_.fixed_[at(v)] < 0 && (first < 0 || rank_[at(v)] < rank_[at(first)])) first = v;
      }
      std::size_t base = 0;
      if (first < 0) {
        strides_along({}, tensor.scope(), base);
        tree_.log_mass_ += std::log(tensor.values()[base]);
        continue;
      }
      const std::size_t c = at(tree_.home_[at(first)]);
      const std::vector<VariableId>& scope = tree_.cliques_[c].scope;
      const std::vector<std::size_t> strides = strides_along(scope, tensor.scope(), base);
      std::vector<double>& table = tree_.tables_[c];
      CellMap(scope, network_.cardinalities).visit(strides, [&](std::size_t cell, std::size_t offset) {
        table[cell] = Domain::times(table[cell], Domain::from(tensor.values()[base + offset]));
      });
      bounds_[c].multiply(detail::bounds_of(tensor.values()));
    }
  }

  // From the leaves to the roots: each clique multiplies its marginal over the separator into its parent.
  template <class Domain>
  Status collect(const StopSignal& stop) {
    for (std::size_t c = 0; c < cliques(); ++c) {
      if (std::is_same_v<Domain, LinearDomain> && !bounds_[c].are_safe()) return Status::Degenerate;
      if (c % 64 == 0 && stop.reached()) return stop.status();
      std::vector<double>& message = messages_[c];
      message = separator_marginal<Domain>(c);
      tree_.log_mass_ += rescale<Domain>(message);
      if (tree_.log_mass_ == -kInfinity) return Status::Ok;
      const int parent = tree_.cliques_[c].parent;
      if (parent < 0) continue;
      std::vector<double>& table = tree_.tables_[at(parent)];
      visit_parent(
          c, [&](std::size_t cell, std::size_t offset) { table[cell] = Domain::times(table[cell], message[offset]); });
      if (std::is_same_v<Domain, LinearDomain>) bounds_[at(parent)].multiply(detail::bounds_of(message));
    }
    return Status::Ok;
  }

  // Back: each clique trades the message it sent for the parent's marginal, which holds all other evidence.
  template <class Domain>
  Status distribute(const StopSignal& stop) {
    for (std::size_t c = cliques(); c-- > 0;) {
      if (c % 64 == 0 && stop.reached()) return stop.status();
      std::vector<double>& table = tree_.tables_[c];
      if (tree_.cliques_[c].parent >= 0) {
        std::vector<double>& message = messages_[c];
        std::vector<double> ratio(message.size(), 0.0);
        const std::vector<double>& above = tree_.tables_[at(tree_.cliques_[c].parent)];
        visit_parent(c, [&](std::size_t cell, std::size_t offset) { ratio[offset] += above[cell]; });
        for (std::size_t j = 0; j < ratio.size(); ++j) ratio[j] = Domain::over(Domain::from(ratio[j]), message[j]);
        for (std::size_t row = 0; row < table.size(); row += ratio.size()) {
          for (std::size_t j = 0; j < ratio.size(); ++j) table[row + j] = Domain::times(table[row + j], ratio[j]);
        }
      }
      leave_domain<Domain>(table);
    }
    return Status::Ok;
  }

  template <class F>
  void visit_parent(std::size_t c, F&& f) {
    const JunctionTree::Clique& clique = tree_.cliques_[c];
    const std::vector<VariableId>& scope = tree_.cliques_[at(clique.parent)].scope;
    std::size_t base = 0;
    CellMap(scope, network_.cardinalities).visit(strides_along(scope, clique.separator, base), f);
  }

  // The separator stands last in the scope: column sums.
  template <class Domain>
  std::vector<double> separator_marginal(std::size_t c) const {
    const std::vector<double>& table = tree_.tables_[c];
    std::vector<double> sums(static_cast<std::size_t>(separator_cells(c)), Domain::kZero);
    for (std::size_t row = 0; row < table.size(); row += sums.size()) {
      for (std::size_t j = 0; j < sums.size(); ++j) sums[j] = Domain::plus(sums[j], table[row + j]);
    }
    return sums;
  }

  // Divides by the largest cell; its natural logarithm.
  template <class Domain>
  static double rescale(std::vector<double>& message) {
    const double largest = *std::max_element(message.begin(), message.end());
    for (double& cell : message) cell = Domain::over(cell, largest);
    return Domain::log(largest);
  }

  // To plain numbers that sum to one.
  template <class Domain>
  static void leave_domain(std::vector<double>& table) {
    if constexpr (std::is_same_v<Domain, LogDomain>) {
      const double largest = *std::max_element(table.begin(), table.end());
      for (double& cell : table) cell = std::exp(cell - largest);
    }
    double total = 0;
    for (const double cell : table) total += cell;
    for (double& cell : table) cell /= total;
  }

  const TensorNetwork& network_;
  JunctionTree tree_;
  std::vector<int> rank_;
  std::vector<std::size_t> stride_;  // scratch of strides_along, all 0 between calls
  std::vector<detail::CellBounds> bounds_;
  std::vector<std::vector<double>> messages_;  // to the parent, the largest cell 1
};

int JunctionTree::clique_with(std::span<const VariableId> indices) const {
  for (std::size_t c = 0; c < cliques_.size(); ++c) {
    const auto& scope = cliques_[c].scope;
    const auto holds = [&](VariableId v) { return std::find(scope.begin(), scope.end(), v) != scope.end(); };
    if (std::all_of(indices.begin(), indices.end(), holds)) return static_cast<int>(c);
  }
  return -1;
}

double JunctionTree::mass() const { return std::exp(log_mass_); }

std::optional<Factor> JunctionTree::marginal(VariableId index) const {
  if (index < 0 || at(index) >= cardinalities_.size()) {
    throw InvalidArgument("JunctionTree", "index", std::to_string(index),
                          "an index of the network, of which there are " + std::to_string(cardinalities_.size()));
  }
  if (log_mass_ == -kInfinity) return std::nullopt;
  const int levels = cardinalities_[at(index)];
  std::vector<double> values(at(levels), 0.0);
  if (fixed_[at(index)] >= 0) {
    values[at(fixed_[at(index)])] = 1;
    return Factor({index}, {levels}, std::move(values));
  }
  const std::size_t home = at(home_[at(index)]);
  const std::vector<VariableId>& scope = cliques_[home].scope;
  std::size_t inner = 1;
  for (std::size_t d = scope.size(); scope[--d] != index;) inner *= at(cardinalities_[at(scope[d])]);
  const std::vector<double>& table = tables_[home];
  std::size_t value = 0;
  for (std::size_t run = 0; run < table.size(); run += inner) {
    for (std::size_t j = 0; j < inner; ++j) values[value] += table[run + j];
    if (++value == values.size()) value = 0;
  }
  return Factor({index}, {levels}, std::move(values));
}

std::optional<Factor> JunctionTree::clique_marginal(int clique) const {
  if (clique < 0 || at(clique) >= cliques_.size()) {
    throw InvalidArgument("JunctionTree", "clique", std::to_string(clique),
                          "below the number of cliques, " + std::to_string(cliques_.size()));
  }
  if (log_mass_ == -kInfinity) return std::nullopt;
  const std::vector<VariableId>& scope = cliques_[at(clique)].scope;
  std::vector<int> cardinalities;
  for (const VariableId v : scope) cardinalities.push_back(cardinalities_[at(v)]);
  return Factor(scope, std::move(cardinalities), tables_[at(clique)]);
}

CalibratedTree calibrate(const TensorNetwork& network, const Evidence& evidence, const ContractionOptions& options) {
  validate(options, "calibrate");
  const StopSignal stop(options.run);
  detail::IndexRoles roles = detail::index_roles(network, evidence);
  roles.open.assign(roles.open.size(), 0);
  for (const Factor& tensor : network.tensors) {
    const auto bad = std::find_if(tensor.values().begin(), tensor.values().end(), [](double v) { return v < 0; });
    if (bad != tensor.values().end()) {
      throw InvalidArgument("calibrate", "entry of a tensor", std::to_string(*bad), "non-negative");
    }
  }
  detail::EliminationOrder order = detail::best_order(detail::InteractionGraph(network, roles), roles, options, stop);
  JunctionTreeBuilder builder(network, roles, detail::clique_tree(order, network.cardinalities.size()));
  CalibratedTree result;
  result.plan.width = order.width;
  for (std::size_t c = 0; c < builder.cliques(); ++c) {
    const double cells = builder.clique_cells(c);
    result.plan.max_table_bytes = std::max(result.plan.max_table_bytes, 8 * cells);
    result.plan.peak_bytes += 8 * (cells + builder.separator_cells(c));
    result.plan.operations += 4 * cells;
  }
  result.plan.order = std::move(order.order);
  if (!detail::is_allowed(result.plan, options)) {
    result.plan.width_lower_bound = detail::minor_min_width(detail::InteractionGraph(network, roles));
    result.status = Status::BudgetExceeded;
    return result;
  }
  result.status = builder.run<LinearDomain>(stop);
  if (result.status == Status::Degenerate) result.status = builder.run<LogDomain>(stop);
  if (result.status == Status::Ok) result.tree = builder.take();
  return result;
}

}  // namespace causal
