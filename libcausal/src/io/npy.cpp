// Format: numpy.lib.format, "\x93NUMPY", version, header length, a Python dictionary literal, the elements.
#include "causal/io/npy.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <ostream>

#include "causal/io/file.hpp"
#include "io/npy_header.hpp"

namespace causal::io {
namespace {

template <class T>
T element(const char* bytes, bool swapped) {
  std::array<char, sizeof(T)> raw;
  std::memcpy(raw.data(), bytes, sizeof(T));
  if (swapped) std::reverse(raw.begin(), raw.end());
  return std::bit_cast<T>(raw);
}

// The element as a double, or nothing when no double is equal to it.
template <class T>
std::optional<double> exact(T value) {
  constexpr auto kLimit = std::int64_t{1} << 53;
  if constexpr (std::is_integral_v<T> && sizeof(T) == 8) {
    if (value > static_cast<T>(kLimit)) return std::nullopt;
    if constexpr (std::is_signed_v<T>) {
      if (value < -kLimit) return std::nullopt;
    }
  }
  return static_cast<double>(value);
}

template <class T>
void read_elements(const NpyReader& reader, std::string_view bytes, const NpyLayout& layout, Eigen::MatrixXd& values) {
  const std::size_t start = reader.at();
  const std::int64_t outer = layout.fortran ? layout.cols : layout.rows;
  const std::int64_t inner = layout.fortran ? layout.rows : layout.cols;
  std::size_t at = start;
  for (std::int64_t i = 0; i < outer; ++i) {
    for (std::int64_t j = 0; j < inner; ++j, at += sizeof(T)) {
      const std::optional<double> value = exact(element<T>(bytes.data() + at, layout.swapped));
      if (!value) reader.fail(at, "an integer beyond 2^53 does not fit a double exactly", "Save the array as float64.");
      (layout.fortran ? values(j, i) : values(i, j)) = *value;
    }
  }
}

void read_all_elements(const NpyReader& reader, std::string_view bytes, const NpyLayout& layout,
                       Eigen::MatrixXd& values) {
  const auto read = [&]<class T>(T) { read_elements<T>(reader, bytes, layout, values); };
  switch (layout.kind) {
    case 'f':
      return layout.size == 8 ? read(double{}) : read(float{});
    case 'i':
      if (layout.size == 1) return read(std::int8_t{});
      if (layout.size == 2) return read(std::int16_t{});
      return layout.size == 4 ? read(std::int32_t{}) : read(std::int64_t{});
    default:
      if (layout.size == 1) return read(std::uint8_t{});
      if (layout.size == 2) return read(std::uint16_t{});
      return layout.size == 4 ? read(std::uint32_t{}) : read(std::uint64_t{});
  }
}

}  // namespace

Dataset parse_npy(std::string_view bytes, const std::string& name) {
  NpyReader reader(bytes, name);
  const NpyLayout layout = read_npy_header(reader, bytes.size());
  check_npy_size(reader, layout, bytes.size() - reader.at());
  Eigen::MatrixXd values(layout.rows, layout.cols);
  read_all_elements(reader, bytes, layout, values);
  std::vector<Column> columns(static_cast<std::size_t>(layout.cols));
  for (std::size_t j = 0; j < columns.size(); ++j) {
    columns[j].name = "X" + std::to_string(j + 1);
    if (layout.kind == 'b') {
      columns[j].type = VariableType::Binary;
      columns[j].levels = {"0", "1"};
    }
  }
  return {std::move(values), std::move(columns)};
}

Dataset read_npy(const std::string& path) {
  const MappedFile file(path);
  return parse_npy(file.bytes(), path == "-" ? "<stdin>" : path);
}

void write_npy(std::ostream& out, const Dataset& data) {
  write_npy_header(out, data.rows(), data.cols(), true);
  out.write(reinterpret_cast<const char*>(data.values().data()),
            static_cast<std::streamsize>(data.values().size() * static_cast<std::int64_t>(sizeof(double))));
}

}  // namespace causal::io
