#include "causal/diagram/contraction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "causal/run/parallel.hpp"
#include "cell_bounds.hpp"
#include "contraction_kernel.hpp"
#include "contraction_program.hpp"
#include "matrix_product.hpp"

namespace causal {

namespace detail {

namespace {

// Cells of tables are value * 2^exponent (Linear) or e^(value) * 2^exponent (Log).
struct Table {
  std::vector<double> cells;
  std::int64_t exponent = 0;
  CellBounds bounds = {};  // only kept in the linear domain
};

// Brings the largest cell near 1 by a power of two, which is exact. `bounds` hold before.
void rescale(Table& table, CellBounds bounds) {
  constexpr int kFar = 32;
  constexpr double kWorthLooking = -100;
  const double largest = largest_cell(table.cells.data(), table.cells.size(), Domain::Linear);
  if (largest == 0 || !std::isfinite(largest)) return;
  int power = std::ilogb(largest);
  if (std::abs(power) <= kFar) power = 0;
  if (power != 0) {
    for (double& cell : table.cells) cell = std::ldexp(cell, -power);
    table.exponent += power;
  }
  table.bounds = {bounds.low - power * std::log10(2.0), std::log10(largest) - power * std::log10(2.0)};
  if (table.bounds.low < kWorthLooking) table.bounds = bounds_of(table.cells);
}

// The tensors in the form a run needs.
struct Tensors {
  Domain domain = Domain::Linear;
  std::vector<CellBounds> bounds;         // one per tensor; none when some entry is negative: then nothing is checked
  std::vector<std::vector<double>> logs;  // in the log domain
};

Tensors with_bounds(const TensorNetwork& network) {
  Tensors tensors;
  for (const Factor& tensor : network.tensors) {
    const auto is_negative = [](double v) { return v < 0; };
    if (std::any_of(tensor.values().begin(), tensor.values().end(), is_negative)) return {};
    tensors.bounds.push_back(bounds_of(tensor.values()));
  }
  return tensors;
}

Tensors with_logs(const TensorNetwork& network) {
  Tensors tensors{Domain::Log, {}, {}};
  for (const Factor& tensor : network.tensors) {
    tensors.logs.push_back(tensor.values());
    for (double& v : tensors.logs.back()) v = std::log(v);
  }
  return tensors;
}

// Runs a program on the tensors of a network with given values of the fixed indices. One executor per thread.
class Executor {
 public:
  Executor(const TensorNetwork& network, const ContractionProgram& program, const Tensors& tensors)
      : network_(network),
        program_(program),
        tensors_(tensors),
        domain_(tensors.domain),
        stride_(network.cardinalities.size(), 0) {}

  // The table over the distinct open indices that are not fixed. Degenerate when a product could leave the range of a
  // double.
  Status run(const std::vector<int>& fixed, int threads, const StopSignal& stop, Table& result) {
    tables_.assign(program_.steps.size(), {});
    for (std::size_t s = 0; s < program_.steps.size(); ++s) {
      Table& table = tables_[s];
      prepare(program_.steps[s], fixed, table);
      if (!bounds_.are_safe()) return Status::Degenerate;
      const ContractionStep& step = program_.steps[s];
      Status status = step.is_matrix_product && domain_ == Domain::Linear
                          ? multiply_as_matrices(step, fixed, threads, stop)
                          : multiply_and_sum(fused_, domain_, threads, stop);
      // Steps on small tables do not ask themselves.
      if (status == Status::Ok && s % 64 == 63) status = stop.status();
      if (status != Status::Ok) return status;
      if (domain_ == Domain::Linear) rescale(table, bounds_);
      for (const int input : program_.steps[s].inputs) {
        if (at(input) >= network_.tensors.size()) tables_[at(input) - network_.tensors.size()].cells = {};
      }
    }
    result = std::move(tables_.back());
    return Status::Ok;
  }

 private:
  // Sets up the fused step with all operands; allocates the result.
  void prepare(const ContractionStep& step, const std::vector<int>& fixed, Table& table) {
    fused_.operands.clear();
    fused_.strides.clear();
    fused_.sum_offsets.clear();
    table.exponent = 0;
    bounds_ = {};
    scalar_ = domain_ == Domain::Linear ? 1 : 0;
    for (const int input : step.inputs) add_operand(step, input, fixed, table);
    const std::size_t cells = set_shape(step.scope);
    fused_.summed = static_cast<int>(count(step.summed));
    if (scalar_ != (domain_ == Domain::Linear ? 1 : 0)) {
      fused_.operands.push_back(&scalar_);
      fused_.strides.resize(fused_.operands.size() * step.scope.size(), 0);
      fused_.sum_offsets.resize(fused_.operands.size() * at(fused_.summed), 0);
    }
    table.cells.resize(cells);
    fused_.out = table.cells.data();
  }

  [[nodiscard]] std::int64_t count(const std::vector<VariableId>& indices) const {
    std::int64_t product = 1;
    for (const VariableId v : indices) product *= network_.cardinalities[at(v)];
    return product;
  }

  std::size_t set_shape(const std::vector<VariableId>& scope) {
    fused_.cardinalities.clear();
    std::size_t cells = 1;
    for (const VariableId v : scope) {
      fused_.cardinalities.push_back(network_.cardinalities[at(v)]);
      cells *= at(network_.cardinalities[at(v)]);
    }
    return cells;
  }

  [[nodiscard]] const std::vector<VariableId>& scope_of(int input) const {
    return at(input) < network_.tensors.size() ? network_.tensors[at(input)].scope()
                                               : program_.steps[at(input) - network_.tensors.size()].scope;
  }
  [[nodiscard]] const double* cells_of(int input) const {
    if (at(input) >= network_.tensors.size()) return tables_[at(input) - network_.tensors.size()].cells.data();
    return domain_ == Domain::Log ? tensors_.logs[at(input)].data() : network_.tensors[at(input)].values().data();
  }

  // Notes the strides of a table; returns its first cell at the fixed values.
  const double* locate(int input, const std::vector<int>& fixed) {
    const double* base = cells_of(input);
    const std::vector<VariableId>& scope = scope_of(input);
    std::ptrdiff_t stride = 1;
    for (std::size_t i = scope.size(); i-- > 0;) {
      const VariableId v = scope[i];
      if (fixed[at(v)] >= 0) {
        base += stride * fixed[at(v)];
      } else {
        stride_[at(v)] = stride;
      }
      stride *= network_.cardinalities[at(v)];
    }
    return base;
  }
  void forget(int input) {
    for (const VariableId v : scope_of(input)) stride_[at(v)] = 0;
  }

  void add_operand(const ContractionStep& step, int input, const std::vector<int>& fixed, Table& table) {
    const double* const base = locate(input, fixed);
    const std::vector<VariableId>& scope = scope_of(input);
    const bool is_tensor = at(input) < network_.tensors.size();
    const Table* const made = is_tensor ? nullptr : &tables_[at(input) - network_.tensors.size()];
    if (made != nullptr) table.exponent += made->exponent;
    if (std::all_of(scope.begin(), scope.end(), [&](VariableId v) { return fixed[at(v)] >= 0; })) {
      multiply_scalar(*base, table);
    } else {
      if (!tensors_.bounds.empty()) bounds_.multiply(made == nullptr ? tensors_.bounds[at(input)] : made->bounds);
      fused_.operands.push_back(base);
      for (const VariableId v : step.scope) fused_.strides.push_back(stride_[at(v)]);
      add_sum_offsets(step.summed);
    }
    forget(input);
  }

  // The offsets of all values of the summed indices, the last index fastest.
  void add_sum_offsets(const std::vector<VariableId>& summed) {
    const std::size_t first = fused_.sum_offsets.size();
    fused_.sum_offsets.push_back(0);
    for (std::size_t i = summed.size(); i-- > 0;) {
      const std::size_t filled = fused_.sum_offsets.size() - first;
      for (int value = 1; value < network_.cardinalities[at(summed[i])]; ++value) {
        for (std::size_t j = 0; j < filled; ++j) {
          fused_.sum_offsets.push_back(fused_.sum_offsets[first + j] + stride_[at(summed[i])] * value);
        }
      }
    }
  }

  // Copies both inputs into matrices and multiplies those.
  Status multiply_as_matrices(const ContractionStep& step, const std::vector<int>& fixed, int threads,
                              const StopSignal& stop) {
    double* const out = fused_.out;
    const auto begin = step.scope.begin();
    const auto after_batch = begin + static_cast<std::ptrdiff_t>(step.batch);
    const auto after_rows = after_batch + static_cast<std::ptrdiff_t>(step.rows);
    std::vector<VariableId> left(begin, after_rows), right(begin, after_batch);
    left.insert(left.end(), step.summed.begin(), step.summed.end());
    right.insert(right.end(), step.summed.begin(), step.summed.end());
    right.insert(right.end(), after_rows, step.scope.end());
    const MatrixProduct size{count({begin, after_batch}), count({after_batch, after_rows}), count(step.summed),
                             count({after_rows, step.scope.end()})};
    std::vector<double> packed[2];
    for (std::size_t side = 0; side < 2; ++side) {
      const Status status = pack(step.inputs[side], fixed, side == 0 ? left : right, packed[side], threads, stop);
      if (status != Status::Ok) return status;
    }
    return multiply_matrices(size, packed[0].data(), packed[1].data(), out, threads, stop);
  }

  Status pack(int input, const std::vector<int>& fixed, const std::vector<VariableId>& scope, std::vector<double>& to,
              int threads, const StopSignal& stop) {
    const double* const base = locate(input, fixed);
    to.resize(set_shape(scope));
    fused_.operands = {base};
    fused_.strides.clear();
    for (const VariableId v : scope) fused_.strides.push_back(stride_[at(v)]);
    forget(input);
    fused_.summed = 1;
    fused_.sum_offsets = {0};
    fused_.out = to.data();
    return multiply_and_sum(fused_, domain_, threads, stop);
  }

  // Thousands of unconnected parts leave thousands of numbers, whose product needs its own exponent.
  void multiply_scalar(double number, Table& table) {
    if (domain_ == Domain::Log) {
      scalar_ += number;
      return;
    }
    int power = 0;
    scalar_ *= std::frexp(number, &power);
    table.exponent += power;
    scalar_ = std::frexp(scalar_, &power);
    table.exponent += power;
  }

  const TensorNetwork& network_;
  const ContractionProgram& program_;
  const Tensors& tensors_;
  Domain domain_;
  std::vector<std::ptrdiff_t> stride_;  // of the operand at hand, per index; 0 where it has none
  double scalar_ = 1;                   // the product of the operands that are numbers
  CellBounds bounds_;                   // of the product of all operands
  FusedStep fused_;
  std::vector<Table> tables_;
};

// The numbers themselves, the largest within a factor of two of 1 when they come from logarithms.
void leave_log_domain(Table& table) {
  const double largest = largest_cell(table.cells.data(), table.cells.size(), Domain::Log);
  if (largest == -std::numeric_limits<double>::infinity()) {
    std::fill(table.cells.begin(), table.cells.end(), 0.0);
    return;
  }
  const double power = std::floor(largest / std::log(2.0));
  for (double& cell : table.cells) cell = std::exp(cell - power * std::log(2.0));
  table.exponent += static_cast<std::int64_t>(power);
}

void add(Table& total, const Table& part) {
  if (total.cells.empty()) {
    total = part;
    return;
  }
  const std::int64_t exponent = std::max(total.exponent, part.exponent);
  const auto shift = [exponent](std::int64_t from) {
    return static_cast<int>(std::max<std::int64_t>(from - exponent, -4000));
  };
  for (std::size_t i = 0; i < total.cells.size(); ++i) {
    total.cells[i] =
        std::ldexp(total.cells[i], shift(total.exponent)) + std::ldexp(part.cells[i], shift(part.exponent));
  }
  total.exponent = exponent;
}

// Values of the slices in mixed radix, the last one fastest.
std::vector<int> with_slice_values(const TensorNetwork& network, const ContractionPlan& plan, std::vector<int> fixed,
                                   std::int64_t slice) {
  for (std::size_t i = plan.slices.size(); i-- > 0;) {
    const int c = network.cardinalities[at(plan.slices[i])];
    fixed[at(plan.slices[i])] = static_cast<int>(slice % c);
    slice /= c;
  }
  return fixed;
}

// Slices run side by side, as many as the memory limit allows, and are added in their order.
Status sum_slices(const TensorNetwork& network, const PlannedProgram& planned, const Tensors& tensors,
                  const ContractionOptions& options, const StopSignal& stop, Table& total) {
  total = {};
  std::int64_t slices = 1;
  for (const VariableId v : planned.plan.slices) slices *= network.cardinalities[at(v)];
  const double fit = std::max(1.0, std::floor(allowed_bytes(options) / std::max(8.0, planned.plan.peak_bytes)));
  const auto threads = static_cast<std::int64_t>(std::min<double>(resolve_threads(options.run.threads), fit));
  const std::int64_t wave = std::min(slices, threads);
  const int inner_threads = wave == 1 ? options.run.threads : 1;
  for (std::int64_t first = 0; first < slices; first += wave) {
    const std::int64_t count = std::min(wave, slices - first);
    std::vector<Table> parts(at(count));
    std::vector<Status> statuses(at(count), Status::Ok);
    parallel_for(count, static_cast<int>(wave), [&](std::int64_t i) {
      Executor executor(network, planned.program, tensors);
      const std::vector<int> fixed = with_slice_values(network, planned.plan, planned.roles.fixed, first + i);
      statuses[at(i)] = executor.run(fixed, inner_threads, stop, parts[at(i)]);
    });
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (statuses[i] != Status::Ok) return statuses[i];
      if (tensors.domain == Domain::Log) leave_log_domain(parts[i]);
      add(total, parts[i]);
    }
  }
  return Status::Ok;
}

// Moves the exponent into the cells when the largest one is then far from the ends of the range.
void settle_exponent(Table& table) {
  const double largest = largest_cell(table.cells.data(), table.cells.size(), Domain::Linear);
  if (largest == 0) table.exponent = 0;
  if (table.exponent == 0) return;
  constexpr std::int64_t kFar = 963;  // 2^963 is 1e290
  if (std::abs(table.exponent + std::ilogb(largest)) > kFar) return;
  for (double& cell : table.cells) cell = std::ldexp(cell, static_cast<int>(table.exponent));
  table.exponent = 0;
}

// The result over the list of open indices: repeats on the diagonal, fixed ones at their value.
Factor over_open(const TensorNetwork& network, const IndexRoles& roles, std::vector<double> cells) {
  std::vector<VariableId> names;
  std::vector<int> cardinalities;
  std::vector<std::uint8_t> seen(network.cardinalities.size(), 0);
  bool plain = true;
  for (std::size_t k = 0; k < network.open.size(); ++k) {
    const VariableId v = network.open[k];
    plain = plain && seen[at(v)] == 0 && roles.fixed[at(v)] < 0;
    names.push_back(seen[at(v)] == 0 ? v : static_cast<VariableId>(network.cardinalities.size() + k));
    seen[at(v)] = 1;
    cardinalities.push_back(network.cardinalities[at(v)]);
  }
  if (plain) return {std::move(names), std::move(cardinalities), std::move(cells)};
  Factor result = Factor::constant(std::move(names), std::move(cardinalities), 0.0);
  // Count through the free indices; `values` holds one value per index of the network.
  std::vector<int> values = roles.fixed;
  std::vector<VariableId> free;
  for (const VariableId v : network.open) {
    if (values[at(v)] >= 0) continue;
    values[at(v)] = 0;
    free.push_back(v);
  }
  std::vector<int> assignment(network.open.size());
  for (const double cell : cells) {
    for (std::size_t k = 0; k < assignment.size(); ++k) assignment[k] = values[at(network.open[k])];
    result.at(assignment) = cell;
    for (std::size_t i = free.size(); i-- > 0;) {
      if (++values[at(free[i])] < network.cardinalities[at(free[i])]) break;
      values[at(free[i])] = 0;
    }
  }
  return result;
}

}  // namespace

}  // namespace detail

Contraction contract(const TensorNetwork& network, const Evidence& evidence, const ContractionOptions& options) {
  using namespace detail;
  const StopSignal stop(options.run);
  PlannedProgram planned = plan_program(network, evidence, options);
  Contraction result;
  result.plan = planned.plan;
  if (!is_allowed(planned.plan, options)) {
    result.status = Status::BudgetExceeded;
    result.plan.width_lower_bound = minor_min_width(InteractionGraph(network, index_roles(network, evidence)));
    return result;
  }
  Table total;
  result.status = sum_slices(network, planned, with_bounds(network), options, stop, total);
  if (result.status == Status::Degenerate) {
    result.status = sum_slices(network, planned, with_logs(network), options, stop, total);
  }
  if (result.status != Status::Ok) return result;
  settle_exponent(total);
  result.exponent = total.exponent;
  for (const VariableId v : planned.plan.slices) planned.roles.fixed[at(v)] = -1;
  result.value = over_open(network, planned.roles, std::move(total.cells));
  return result;
}

}  // namespace causal
