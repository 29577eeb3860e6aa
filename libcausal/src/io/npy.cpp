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
#include "causal/run/error.hpp"

namespace causal::io {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

struct Layout {
  char kind = 'f';  // b, i, u or f
  std::size_t size = 8;
  bool swapped = false;
  bool fortran = false;
  std::int64_t rows = 0;
  std::int64_t cols = 1;
};

// A cursor over the file that reports errors by byte offset.
class Reader {
 public:
  Reader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  [[noreturn]] void fail(const std::string& message, const std::string& hint = {}) const { fail(at_, message, hint); }
  [[noreturn]] void fail(std::size_t at, const std::string& message, const std::string& hint = {}) const {
    throw DataError(message, name_ + ":byte " + std::to_string(at), hint);
  }
  [[nodiscard]] std::size_t at() const { return at_; }
  void seek(std::size_t at) { at_ = at; }
  void limit(std::size_t end) { bytes_ = bytes_.substr(0, end); }

  std::string_view take(std::size_t count) {
    if (bytes_.size() - at_ < count) fail("the .npy file ends inside its header");
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  void skip_blanks() {
    while (at_ < bytes_.size() && (bytes_[at_] == ' ' || bytes_[at_] == '\n')) ++at_;
  }
  bool accept(char c) {
    skip_blanks();
    const bool found = at_ < bytes_.size() && bytes_[at_] == c;
    if (found) ++at_;
    return found;
  }
  void expect(char c) {
    if (!accept(c)) fail(std::string("the .npy header lacks a '") + c + "' here");
  }
  std::string_view quoted() {
    skip_blanks();
    const char quote = at_ < bytes_.size() ? bytes_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail("the .npy header lacks a quoted text here");
    const std::size_t close = bytes_.find(quote, at_ + 1);
    if (close == std::string_view::npos) fail("the .npy header has an open quote");
    const std::string_view text = bytes_.substr(at_ + 1, close - at_ - 1);
    at_ = close + 1;
    return text;
  }
  bool boolean() {
    skip_blanks();
    for (const std::string_view word : {std::string_view("True"), std::string_view("False")}) {
      if (bytes_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return word == "True";
      }
    }
    fail("the .npy header lacks True or False here");
  }
  std::int64_t size() {
    skip_blanks();
    std::int64_t value = 0;
    const char* begin = bytes_.data() + at_;
    const auto result = std::from_chars(begin, bytes_.data() + bytes_.size(), value);
    if (result.ec != std::errc{} || value < 0) fail("the .npy header lacks a size here");
    at_ += static_cast<std::size_t>(result.ptr - begin);
    return value;
  }

 private:
  std::string_view bytes_;
  const std::string& name_;
  std::size_t at_ = 0;
};

void read_type(Reader& reader, Layout& layout) {
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

void read_shape(Reader& reader, Layout& layout) {
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

// Leaves the reader at the first element.
Layout read_header(Reader& reader, std::size_t file_size) {
  if (file_size < kMagic.size() || reader.take(kMagic.size()) != kMagic) {
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
  Reader header = reader;
  header.limit(begin + length);
  header.seek(begin);

  Layout layout;
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
void read_elements(const Reader& reader, std::string_view bytes, const Layout& layout, Eigen::MatrixXd& values) {
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

void read_all_elements(const Reader& reader, std::string_view bytes, const Layout& layout, Eigen::MatrixXd& values) {
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
  Reader reader(bytes, name);
  const Layout layout = read_header(reader, bytes.size());
  const std::size_t available = bytes.size() - reader.at();
  // Compared by division: the product of a made-up shape may overflow.
  const auto row_bytes_limit = available / layout.size / static_cast<std::size_t>(layout.cols);
  const bool fits = row_bytes_limit == static_cast<std::size_t>(layout.rows) &&
                    row_bytes_limit * layout.size * static_cast<std::size_t>(layout.cols) == available;
  if (!fits) {
    reader.fail("the .npy array is " + std::to_string(layout.rows) + " x " + std::to_string(layout.cols) + " of " +
                    std::to_string(layout.size) + " bytes each, but " + std::to_string(available) + " bytes follow",
                "The file is cut off or has something appended.");
  }
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
  const char order = std::endian::native == std::endian::little ? '<' : '>';
  std::string header = std::string("{'descr': '") + order + "f8', 'fortran_order': True, 'shape': (" +
                       std::to_string(data.rows()) + ", " + std::to_string(data.cols()) + "), }";
  // Magic, version and length take 10 bytes; the elements start at a multiple of 64.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  out << kMagic << '\1' << '\0' << static_cast<char>(header.size() & 0xFF) << static_cast<char>(header.size() >> 8)
      << header;
  out.write(reinterpret_cast<const char*>(data.values().data()),
            static_cast<std::streamsize>(data.values().size() * static_cast<std::int64_t>(sizeof(double))));
}

}  // namespace causal::io
