#pragma once
// Interned names: types and labels of diagrams are compared as numbers.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace causal {

/// A name that is equal to another exactly when the texts are. Interned in one table per process, which only grows;
/// making one costs a hash look-up under a lock, so hot loops make theirs beforehand. The empty name is Name().
/// Thread-safe. Numbers depend on the order of interning: nothing that leaves the program may.
class Name {
 public:
  constexpr Name() = default;
  Name(std::string_view name);                                     // NOLINT(google-explicit-constructor)
  Name(const std::string& name) : Name(std::string_view(name)) {}  // NOLINT(google-explicit-constructor)
  Name(const char* name) : Name(std::string_view(name)) {}         // NOLINT(google-explicit-constructor)

  /// Lives as long as the process.
  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] constexpr bool empty() const { return id_ == 0; }
  [[nodiscard]] constexpr std::uint32_t id() const { return id_; }
  friend constexpr bool operator==(Name, Name) = default;
  friend constexpr auto operator<=>(Name, Name) = default;

 private:
  std::uint32_t id_ = 0;
};

}  // namespace causal

template <>
struct std::hash<causal::Name> {
  std::size_t operator()(causal::Name name) const noexcept { return std::hash<std::uint32_t>{}(name.id()); }
};
