#pragma once
// Plain binary reading and writing of numbers, for the state of policies.

#include <Eigen/Core>
#include <cstdint>
#include <istream>
#include <ostream>
#include <type_traits>
#include <vector>

#include "causal/run/error.hpp"

namespace causal::bandits {

template <class T>
requires std::is_arithmetic_v<T>
void write_value(std::ostream& out, const T& value) { out.write(reinterpret_cast<const char*>(&value), sizeof value); }

template <class T>
requires std::is_arithmetic_v<T>
void read_value(std::istream& in, T& value) {
  if (!in.read(reinterpret_cast<char*>(&value), sizeof value)) throw DataError("a saved state ends too early");
}

template <class T>
void write_values(std::ostream& out, const std::vector<T>& values) {
  write_value(out, static_cast<std::uint64_t>(values.size()));
  out.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
}

template <class T>
void read_values(std::istream& in, std::vector<T>& values) {
  std::uint64_t size = 0;
  read_value(in, size);
  values.clear();
  for (std::uint64_t k = 0; k < size; ++k) {  // one by one: a wrong size must not allocate before the data runs out
    T value{};
    read_value(in, value);
    values.push_back(value);
  }
}

template <class Matrix>
void write_matrix(std::ostream& out, const Matrix& matrix) {
  write_value(out, static_cast<std::int64_t>(matrix.rows()));
  write_value(out, static_cast<std::int64_t>(matrix.cols()));
  for (Eigen::Index k = 0; k < matrix.size(); ++k) write_value(out, matrix.data()[k]);
}

/// Into a matrix of the size that was written.
template <class Matrix>
void read_matrix(std::istream& in, Matrix& matrix) {
  std::int64_t rows = 0, cols = 0;
  read_value(in, rows);
  read_value(in, cols);
  if (rows != matrix.rows() || cols != matrix.cols()) throw DataError("a saved state belongs to another model");
  for (Eigen::Index k = 0; k < matrix.size(); ++k) read_value(in, matrix.data()[k]);
}

}  // namespace causal::bandits
