// labels: unit
// .npy files in pieces, against the reader of whole files.

#include <cmath>
#include <fstream>
#include <sstream>

#include "causal/io/npy.hpp"
#include "causal/io/npy_stream.hpp"
#include "causal/run/error.hpp"
#include "support/process.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::io;

namespace {

Eigen::MatrixXd numbers(int rows, int cols) {
  Eigen::MatrixXd values(rows, cols);
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < cols; ++j) values(i, j) = 0.1 * i - 3.7 * j;
  }
  return values;
}

// A version 1 file written by hand.
std::string npy(const std::string& descr, bool fortran, const std::string& shape, const std::string& elements) {
  std::string header =
      "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01", 7) + '\0' + static_cast<char>(header.size()) + '\0' + header + elements;
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace

TEST_CASE("rows written in pieces are the array that was given, whole or in columns") {
  const test::TemporaryFolder folder;
  const Eigen::MatrixXd values = numbers(101, 3);
  std::ostringstream out;
  NpyRows writer(out, 101, 3);
  writer.write(values.topRows(40));
  writer.write(values.bottomRows(61));
  CHECK(writer.rows_left() == 0);
  CHECK_THROWS_AS(writer.write(values.topRows(1)), InvalidArgument);
  const std::string path = folder.file("rows.npy", out.str());
  CHECK(read_npy(path).values() == values);

  const NpyColumns columns(path);
  CHECK(columns.rows() == 101);
  CHECK(columns.cols() == 3);
  std::vector<double> cells(50);
  columns.read(1, 51, cells);
  for (int i = 0; i < 50; ++i) CHECK(cells[static_cast<std::size_t>(i)] == values(51 + i, 1));
  CHECK_THROWS_AS(columns.read(3, 0, cells), InvalidArgument);
  CHECK_THROWS_AS(columns.read(0, 52, cells), InvalidArgument);
  CHECK_THROWS_AS(columns.read(0, -1, cells), InvalidArgument);
}

TEST_CASE("both orders, float32, one dimension, and the other byte order") {
  const test::TemporaryFolder folder;
  std::vector<double> cells(2);
  const NpyColumns fortran(folder.file("f.npy", npy("<f8", true, "(2, 2)", bytes_of<double>({1, 2, 3, 4}))));
  fortran.read(1, 0, cells);
  CHECK(cells == std::vector<double>{3, 4});
  const NpyColumns single(folder.file("s.npy", npy("<f4", false, "(3,)", bytes_of<float>({1.5F, 2.5F, NAN}))));
  CHECK(single.cols() == 1);
  single.read(0, 1, cells);
  CHECK(cells[0] == 2.5);
  CHECK(std::isnan(cells[1]));
  std::string swapped = bytes_of<double>({7, 8});
  std::reverse(swapped.begin(), swapped.begin() + 8);
  std::reverse(swapped.begin() + 8, swapped.end());
  const NpyColumns big(folder.file("b.npy", npy(">f8", false, "(2,)", swapped)));
  big.read(0, 0, cells);
  CHECK(cells == std::vector<double>{7, 8});
}

TEST_CASE("files that are cut off or hold integers") {
  const test::TemporaryFolder folder;
  CHECK_THROWS_AS(NpyColumns(folder.file("c.npy", npy("<f8", true, "(2, 2)", bytes_of<double>({1, 2, 3})))), DataError);
  CHECK_THROWS_AS(NpyColumns(folder.file("i.npy", npy("<i4", true, "(2,)", bytes_of<int>({1, 2})))), DataError);
  CHECK_THROWS_AS(NpyColumns(folder.file("e.npy", "")), DataError);
  CHECK_THROWS_AS(NpyColumns("/nonexistent/file.npy"), IoError);
}
