// labels: unit oracle
#include "causal/io/npy.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <sstream>

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

// A .npy file made by hand from the format's description.
std::string npy(const std::string& descr, const std::string& order, const std::string& shape, const std::string& data,
                int version = 1) {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
  std::string length(version == 1 ? 2 : 4, '\0');
  length[0] = static_cast<char>(header.size());
  return "\x93NUMPY" + std::string{static_cast<char>(version), '\0'} + length + header + data;
}

template <class T>
std::string bytes_of(std::initializer_list<T> values, bool swapped = false) {
  std::string out;
  for (const T value : values) {
    std::string raw(sizeof(T), '\0');
    std::memcpy(raw.data(), &value, sizeof(T));
    if (swapped) std::reverse(raw.begin(), raw.end());
    out += raw;
  }
  return out;
}

std::string error_of(const std::string& bytes) {
  try {
    (void)io::parse_npy(bytes, "a.npy");
  } catch (const DataError& error) {
    return error.where() + " | " + error.message() + " | " + error.hint();
  }
  return "nothing thrown";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("every element type, order and version gives the same table") {
  Eigen::MatrixXd expected(2, 3);
  expected << 1, 2, 3, 4, 5, 6;
  const std::string c = "(2, 3)";
  CHECK(io::parse_npy(npy("<f8", "False", c, bytes_of<double>({1, 2, 3, 4, 5, 6}))).values() == expected);
  CHECK(io::parse_npy(npy(">f8", "False", c, bytes_of<double>({1, 2, 3, 4, 5, 6}, true))).values() == expected);
  CHECK(io::parse_npy(npy("<f8", "True", c, bytes_of<double>({1, 4, 2, 5, 3, 6}))).values() == expected);
  CHECK(io::parse_npy(npy("<f4", "False", c, bytes_of<float>({1, 2, 3, 4, 5, 6}), 2)).values() == expected);
  CHECK(io::parse_npy(npy("<i8", "False", c, bytes_of<std::int64_t>({1, 2, 3, 4, 5, 6}), 3)).values() == expected);
  CHECK(io::parse_npy(npy(">i4", "True", c, bytes_of<std::int32_t>({1, 4, 2, 5, 3, 6}, true))).values() == expected);
  CHECK(io::parse_npy(npy("<i2", "False", c, bytes_of<std::int16_t>({1, 2, 3, 4, 5, 6}))).values() == expected);
  CHECK(io::parse_npy(npy("|i1", "False", c, bytes_of<std::int8_t>({1, 2, 3, 4, 5, 6}))).values() == expected);
  CHECK(io::parse_npy(npy("<u8", "False", c, bytes_of<std::uint64_t>({1, 2, 3, 4, 5, 6}))).values() == expected);
  CHECK(io::parse_npy(npy("<u4", "False", c, bytes_of<std::uint32_t>({1, 2, 3, 4, 5, 6}))).values() == expected);
  CHECK(io::parse_npy(npy("|u1", "False", c, bytes_of<std::uint8_t>({1, 2, 3, 4, 5, 6}))).values() == expected);
  CHECK(io::parse_npy(npy("<i8", "False", "(1,)", bytes_of<std::int64_t>({-7}))).values()(0, 0) == -7);
}

TEST_CASE("columns are named, bools are binary, NaN is missing") {
  const Dataset column = io::parse_npy(npy("<f8", "False", "(3,)", bytes_of<double>({1, std::nan(""), 3})));
  CHECK(column.rows() == 3);
  CHECK(column.names() == std::vector<std::string>{"X1"});
  CHECK(column.missing_counts() == std::vector<std::int64_t>{1});
  const Dataset flags = io::parse_npy(npy("|b1", "False", "(2, 2)", std::string("\0\1\1\1", 4)));
  CHECK(flags.column(1).type == VariableType::Binary);
  CHECK(flags.values()(1, 0) == 1);
}

TEST_CASE("broken arrays are refused with the place") {
  CHECK(contains(error_of("hello"), "a.npy:byte 0 | the file is not a .npy array"));
  CHECK(contains(error_of(""), "not a .npy array"));
  CHECK(contains(error_of("\x93NUMPY\1"), "ends inside its header"));
  CHECK(contains(error_of(std::string("\x93NUMPY\x09\0aa", 10)), "version 9 is unknown"));
  CHECK(contains(error_of(npy("|O", "False", "(1, 1)", "12345678")), "type '|O', which is not read"));
  CHECK(contains(error_of(npy("<f8", "Perhaps", "(1, 1)", "12345678")), "lacks True or False"));
  CHECK(contains(error_of(npy("<f8", "False", "(1, 1, 1)", "12345678")), "more than two dimensions"));
  CHECK(contains(error_of(npy("<f8", "False", "()", "12345678")), "single number"));
  CHECK(contains(error_of(npy("<f8", "False", "(0, 3)", "")), "no cells"));
  CHECK(contains(error_of(npy("<f8", "False", "(2, 2)", "12345678")),
                 "array is 2 x 2 of 8 bytes each, but 8 bytes follow"));
  CHECK(contains(error_of(npy("<f8", "False", "(1,)", "123456789")), "9 bytes follow"));
  CHECK(contains(error_of(npy("<f8", "False", "(9223372036854775807, 9223372036854775807)", "12345678")),
                 "bytes follow"));
  CHECK(contains(error_of(npy("<i8", "False", "(2,)", bytes_of<std::int64_t>({1, (std::int64_t{1} << 53) + 1}))),
                 "beyond 2^53"));
  CHECK(contains(error_of(npy("<f8", "False", "(1,)", bytes_of<double>({std::numeric_limits<double>::infinity()}))),
                 "infinite value"));
}

TEST_CASE("random tables survive write and read bit by bit") {
  for (std::uint32_t trial = 0; trial < 100; ++trial) {
    RandomStream stream(2, RandomDomain::Test, trial);
    Eigen::MatrixXd values(1 + static_cast<int>(stream.below(20)), 1 + static_cast<int>(stream.below(20)));
    for (Eigen::Index k = 0; k < values.size(); ++k) {
      do {
        values.data()[k] = std::bit_cast<double>(stream.bits());
      } while (std::isinf(values.data()[k]));
    }
    std::ostringstream out;
    io::write_npy(out, Dataset::continuous(values));
    CHECK(out.str().size() % 64 == static_cast<std::size_t>(values.size() * 8) % 64);
    const Dataset back = io::parse_npy(out.str());
    REQUIRE(back.values().rows() == values.rows());
    REQUIRE(back.values().cols() == values.cols());
    CHECK(std::memcmp(back.values().data(), values.data(), static_cast<std::size_t>(values.size()) * 8) == 0);
  }
}
