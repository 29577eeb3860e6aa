#include "contraction_executor.hpp"

#include <algorithm>
#include <cmath>

#include "matrix_product.hpp"

namespace causal::detail {

namespace {

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

class Executor {
 public:
  Executor(const TensorNetwork& network, const ContractionProgram& program, const Tensors& tensors)
      : network_(network),
        program_(program),
        tensors_(tensors),
        domain_(tensors.domain),
        stride_(network.cardinalities.size(), 0) {}

  Status run(const std::vector<int>& fixed, int threads, const StopSignal& stop, Table& result) {
    tables_.assign(program_.steps.size(), {});
    for (std::size_t s = 0; s < program_.steps.size(); ++s) {
      Table& table = tables_[s];
      prepare(program_.steps[s], fixed, table);
      if (!bounds_.are_safe()) return Status::Degenerate;
      const ContractionStep& step = program_.steps[s];
      Status status = runs_as_matrices(step) ? multiply_as_matrices(step, fixed, threads, stop)
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
  [[nodiscard]] bool runs_as_matrices(const ContractionStep& step) const {
    return step.is_matrix_product && domain_ == Domain::Linear;
  }

  // Sets up the fused step with all operands, unless matrices are multiplied; allocates the result.
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
      if (!runs_as_matrices(step)) {
        fused_.operands.push_back(base);
        for (const VariableId v : step.scope) fused_.strides.push_back(stride_[at(v)]);
        add_sum_offsets(step.summed);
      }
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

}  // namespace

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

Status execute(const TensorNetwork& network, const ContractionProgram& program, const Tensors& tensors,
               const std::vector<int>& fixed, int threads, const StopSignal& stop, Table& result) {
  return Executor(network, program, tensors).run(fixed, threads, stop, result);
}

}  // namespace causal::detail
