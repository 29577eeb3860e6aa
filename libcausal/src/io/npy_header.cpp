#include "io/npy_header.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <ostream>

namespace causal::io {
namespace {

void read_type(NpyReader& reader, NpyLayout& layout) {
  const std::size_t at = reader.at();
  reader.skip_blanks();
  if (reader.accept('[')) reader.fail(at, "the .npy array has records, not numbers", "Save one plain array.");
  const std::string_view text = reader.quoted();
  static constexpr std::array<std::string_view, 11> kKnown = {"b1", "i1", "i2", "i4", "i8", "u1",
                                                              "u2", "u4", "u8", "f4", "f8"};
  const char order = text.empty() ? '\0' : text.front();
  const bool known = text.size() == 3 && std::find(kKnown.begin(), kKnown.end(), text.substr(1)) != kKnown.end() &&
                     std::string_view("<>|=").find(order) != std::string_view::npos;
  if (!known) {
    reader.fail(at, "the .npy elements have the type '" + std::string(text) + "', which is not read",
                "Save them as float64: numpy.save(path, array.astype('float64')).");
  }
  layout.kind = text[1];
  layout.size = static_cast<std::size_t>(text[2] - '0');
  const char native = std::endian::native == std::endian::little ? '<' : '>';
  layout.swapped = layout.size > 1 && order != native && (order == '<' || order == '>');
}

void read_shape(NpyReader& reader, NpyLayout& layout) {
  const std::size_t at = reader.at();
  std::array<std::int64_t, 2> sizes{1, 1};
  std::size_t dimensions = 0;
  reader.expect('(');
  while (!reader.accept(')')) {
    if (dimensions == 2)
      reader.fail(at, "the .npy array has more than two dimensions", "Save a matrix, one row per sample.");
    sizes[dimensions++] = reader.size();
    if (!reader.accept(',')) {
      reader.expect(')');
      break;
    }
  }
  if (dimensions == 0) reader.fail(at, "the .npy file holds a single number, not an array");
  layout.rows = sizes[0];
  layout.cols = sizes[1];
  if (layout.rows == 0 || layout.cols == 0) reader.fail(at, "the .npy array has no cells");
}

}  // namespace

NpyLayout read_npy_header(NpyReader& reader, std::size_t file_size) {
  if (file_size < kNpyMagic.size() || reader.take(kNpyMagic.size()) != kNpyMagic) {
    reader.seek(0);
    reader.fail("the file is not a .npy array");
  }
  const auto version = static_cast<unsigned char>(reader.take(2).front());
  if (version < 1 || version > 3) reader.fail(6, "the .npy format version " + std::to_string(version) + " is unknown");
  std::size_t length = 0;
  const std::string_view length_bytes = reader.take(version == 1 ? 2 : 4);
  for (std::size_t k = length_bytes.size(); k-- > 0;) {
    length = length << 8 | static_cast<unsigned char>(length_bytes[k]);
  }
  const std::size_t begin = reader.at();
  (void)reader.take(length);
  NpyReader header = reader;
  header.limit(begin + length);
  header.seek(begin);

  NpyLayout layout;
  std::array<bool, 3> seen{};
  header.expect('{');
  while (!header.accept('}')) {
    const std::string_view key = header.quoted();
    header.expect(':');
    if (key == "descr") {
      read_type(header, layout);
      seen[0] = true;
    } else if (key == "fortran_order") {
      layout.fortran = header.boolean();
      seen[1] = true;
    } else if (key == "shape") {
      read_shape(header, layout);
      seen[2] = true;
    } else {
      header.fail("the .npy header has the unknown key '" + std::string(key) + "'");
    }
    if (!header.accept(',')) {
      header.expect('}');
      break;
    }
  }
  if (!seen[0] || !seen[1] || !seen[2]) header.fail(begin, "the .npy header lacks descr, fortran_order or shape");
  return layout;
}

void check_npy_size(const NpyReader& reader, const NpyLayout& layout, std::size_t available) {
  // Compared by division: the product of a made-up shape may overflow.
  const auto row_bytes_limit = available / layout.size / static_cast<std::size_t>(layout.cols);
  const bool fits = row_bytes_limit == static_cast<std::size_t>(layout.rows) &&
                    row_bytes_limit * layout.size * static_cast<std::size_t>(layout.cols) == available;
  if (!fits) {
    reader.fail("the .npy array is " + std::to_string(layout.rows) + " x " + std::to_string(layout.cols) + " of " +
                    std::to_string(layout.size) + " bytes each, but " + std::to_string(available) + " bytes follow",
                "The file is cut off or has something appended.");
  }
}

void write_npy_header(std::ostream& out, std::int64_t rows, std::int64_t cols, bool fortran) {
  const char order = std::endian::native == std::endian::little ? '<' : '>';
  std::string header = std::string("{'descr': '") + order + "f8', 'fortran_order': " + (fortran ? "True" : "False") +
                       ", 'shape': (" + std::to_string(rows) + ", " + std::to_string(cols) + "), }";
  // Magic, version and length take 10 bytes; the elements start at a multiple of 64.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  out << kNpyMagic << '\1' << '\0' << static_cast<char>(header.size() & 0xFF) << static_cast<char>(header.size() >> 8)
      << header;
}

}  // namespace causal::io
